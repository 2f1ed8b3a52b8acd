# One image for every service: `docker run rukun serve intake`.
FROM node:24-slim AS assets
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements/bootstrap.lock requirements/runtime.lock requirements/
RUN python -m venv /opt/rukun \
 && python -m pip install --no-cache-dir --require-hashes -r requirements/bootstrap.lock \
 && uv pip install --no-cache --python /opt/rukun/bin/python --require-hashes -r requirements/runtime.lock
COPY pyproject.toml README.md LICENSE ./
COPY contracts contracts
COPY chassis chassis
COPY kemenag kemenag
COPY services services
COPY simulators simulators
COPY rukun rukun
COPY --from=assets /build/node_modules/@picocss/pico/css/pico.min.css kemenag/static/vendor/pico.min.css
RUN uv pip install --no-cache --python /opt/rukun/bin/python --no-deps .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Rukun" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/rukun /opt/rukun
ENV PATH=/opt/rukun/bin:$PATH HOST=0.0.0.0 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
ENTRYPOINT ["rukun"]
CMD ["serve", "intake"]
