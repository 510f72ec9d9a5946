# The image that `fairlead install` names: docker build -t fairlead:0.1.0 .
# Behind a mirror: --build-arg NODE_IMAGE=registry.example.com/node:26-bookworm-slim; npm and apt are reached as the base image has it.
ARG NODE_IMAGE=node:26-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /fairlead
COPY . .
# The build of the command is made by npm's prepare script; what it was built with is not needed to run it.
RUN npm ci --no-audit --no-fund && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf bench conformance docs examples scripts packages/*/test

FROM ${NODE_IMAGE}
# git and ssh for repositories, gpg for signatures.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git gnupg openssh-client \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /fairlead /fairlead
# As the Deployment has it: no root, nothing written but /data and /tmp.
USER 65532:65532
ENV HOME=/tmp
ENTRYPOINT ["/fairlead/packages/cli/bin/fairlead.mjs"]
