"""What the public sees, and what officers of intake see."""

from services.intake.pages import form, officers, tracking

routers = [form.router, tracking.router, officers.router]
