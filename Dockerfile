# The service as a container image. docs/hosting.md describes both targets, their arguments and sizes.
#   docker build --target kestrel -t functionsapp:kestrel .     self-hosted on Kestrel
#   docker build -t functionsapp:functions .                    under the Azure Functions host (default)
# VERSION and COMMIT are shown by /healthz, /metrics and the log:
#   docker build --target kestrel --build-arg VERSION=1.2.3 --build-arg COMMIT="$(git rev-parse HEAD)" .

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0 AS source
WORKDIR /source
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1
# The project files first: the layers of restored packages and tools change only with these.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY .config/dotnet-tools.json .config/
COPY Core/Core.csproj Core/
COPY Functions/Functions.csproj Functions/
COPY LocalPostgres/LocalPostgres.csproj LocalPostgres/
RUN dotnet tool restore

# Without analyzers: the style is checked with the solution.
FROM source AS publish-kestrel
ARG TARGETARCH
RUN dotnet restore Functions --arch "$TARGETARCH" -p:PublishReadyToRun=true
COPY . .
ARG VERSION
ARG COMMIT
RUN dotnet publish Functions --configuration Release --arch "$TARGETARCH" --self-contained false --no-restore --disable-build-servers --output /app \
      -p:RunAnalyzers=false -p:PublishReadyToRun=true -p:UseAppHost=false ${VERSION:+-p:Version="$VERSION"} ${COMMIT:+-p:SourceRevisionId="$COMMIT"} \
 && dotnet CycloneDX Functions/Functions.csproj --disable-package-restore --output /app --filename sbom.json --output-format Json \
      --set-name functionsapp --set-type Application ${VERSION:+--set-version "$VERSION"}

# ICU and time zone data are needed: names are normalized, and parking lots and portfolios have time zones. Hence "extra".
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra AS kestrel
ARG VERSION
ARG COMMIT
LABEL org.opencontainers.image.title="FunctionsApp" \
      org.opencontainers.image.description="A serverless function app in C#, self-hosted on Kestrel" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.base.name="mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra"
WORKDIR /app
# The base image's own setting of the port would cause a warning.
ENV ASPNETCORE_URLS=http://+:8080 ASPNETCORE_HTTP_PORTS=
COPY --from=publish-kestrel /app ./
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["dotnet", "/app/Functions.dll", "health"]
ENTRYPOINT ["dotnet", "/app/Functions.dll"]

FROM source AS publish-functions
ARG TARGETARCH
RUN dotnet restore Functions --arch "$TARGETARCH" -p:FunctionsHost=Azure -p:PublishReadyToRun=true
COPY . .
ARG VERSION
ARG COMMIT
RUN dotnet publish Functions --configuration Release --arch "$TARGETARCH" --self-contained false --disable-build-servers \
      --output /home/site/wwwroot \
      -p:FunctionsHost=Azure -p:RunAnalyzers=false -p:PublishReadyToRun=true ${VERSION:+-p:Version="$VERSION"} ${COMMIT:+-p:SourceRevisionId="$COMMIT"} \
 && dotnet CycloneDX Functions/Functions.csproj --disable-package-restore --output /home/site/wwwroot --filename sbom.json \
      --output-format Json --set-name functionsapp --set-type Application ${VERSION:+--set-version "$VERSION"}

# As Azure's documentation of custom containers for .NET isolated describes it.
FROM mcr.microsoft.com/azure-functions/dotnet-isolated:4-dotnet-isolated10.0 AS functions
ARG VERSION
ARG COMMIT
LABEL org.opencontainers.image.title="FunctionsApp" \
      org.opencontainers.image.description="A serverless function app in C#, under the Azure Functions host" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.base.name="mcr.microsoft.com/azure-functions/dotnet-isolated:4-dotnet-isolated10.0"
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true
COPY --from=publish-functions /home/site/wwwroot /home/site/wwwroot
