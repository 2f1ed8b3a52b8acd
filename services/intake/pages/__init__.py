"""What the public sees, and what officers of intake see."""

from services.intake.consultations import pages as consultations
from services.intake.pages import clients, exercises, form, imports, knowledge, officers, originals, privacy, tracking

routers = [
    form.router,
    tracking.router,
    officers.router,
    imports.router,
    privacy.router,
    originals.router,
    clients.router,
    exercises.router,
    knowledge.router,
    consultations.router,
]
