# What the tests of the compose files share; sourced. Needs $project and $file, the compose file. With Docker, or with ../shared/kube where
# that exists (root only); otherwise exits with 77.
# shellcheck shell=bash disable=SC2154 # its users set project and file
image=functionsapp:kestrel
export FUNCTIONSAPP_PORT=${FUNCTIONSAPP_PORT:-18890}
url=http://127.0.0.1:$FUNCTIONSAPP_PORT
COMMIT=$(git rev-parse HEAD 2>/dev/null || echo unknown)
VERSION=${VERSION:-1.0.0}
export COMMIT VERSION
work=$(mktemp -d)
checks=0

if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
  engine=docker
  compose() { docker compose -p "$project" -f "$file" "$@"; }
  # Fails if the compose file cannot be read.
  read_file() { compose config -q; }
  # build TAG FOLDER TARGET ARGUMENTS…
  build() { docker build -q -t "$1" --target "$3" "${@:4}" "$2"; }
elif [ -x ../shared/kube/compose ] && [ "$(id -u)" = 0 ]; then
  engine=podman
  export CONTAINERS_CONF=${KUBE_HOME:-/tmp/kube}/containers.conf
  compose() { ../shared/kube/compose -p "$project" -f "$file" "$@"; }
  # Podman's compose has no command for this alone; each one reads the file.
  read_file() { compose ps; }
  # Installs Podman. Where images existed before it, it chooses CNI, in whose networks the names of services are not known.
  compose version >/dev/null 2>&1
  if [ "$(podman info -f '{{.Host.NetworkBackend}}')" != netavark ]; then
    printf netavark >"$(podman info -f '{{.Store.GraphRoot}}')/defaultNetworkBackend"
  fi
  # The image format of Docker: OCI's has no health check.
  build() {
    ../shared/kube/images build "$1" "$2" --target "$3" --layers --format docker "${@:4}" &&
      ../shared/kube/images standin postgres:17
  }
else
  echo 'neither Docker nor ../shared/kube is here'
  exit 77
fi
build_service() { build "$image" . kestrel --build-arg VERSION="$VERSION" --build-arg COMMIT="$COMMIT"; }

finish() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    "$engine" ps -a --filter "label=com.docker.compose.project=$project" --format '{{.Names}}: {{.Status}}'
    echo "FAILED after $checks checks"
    for one in ${services:=app}; do
      echo "the end of the log of $one:"
      logs "$one" | tail -n 20
    done
  fi
  compose down --volumes >/dev/null 2>&1 || true
  rm -rf "$work"
}

container() { "$engine" ps -a -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1"; }
logs() {
  local id
  for id in $(container "${1:-app}"); do "$engine" logs "$id" 2>&1 || true; done
}

ok() {
  checks=$((checks + 1))
  echo "ok      $*"
}

# Into standard error, because its caller may keep the output of a command.
fail() {
  echo "FAILED  $*" >&2
  exit 1
}

# A command that fails without 'fail' ends the test too, and is named.
set -E
trap 'echo "FAILED  ${BASH_SOURCE[0]##*/}, line $LINENO: $BASH_COMMAND" >&2' ERR

# await PATH: waits until the path returns 200, for at most two minutes
await() {
  local end=$((SECONDS + 120))
  until curl -sf -o /dev/null --max-time 5 "$url$1"; do
    [ "$SECONDS" -lt "$end" ] || fail "$1 did not return 200 within two minutes"
    read -rt 0.2 <> <(:) || :
  done
}

# contains TEXT COMMAND…: the output of the command contains the text
contains() {
  local text=$1
  shift
  "$@" >"$work/output" 2>&1 || fail "$(cat "$work/output")"
  grep -qF -- "$text" "$work/output" || fail "not '$text' but: $(head -c 600 "$work/output")"
}

# succeeds COMMAND…: the command exits with 0
succeeds() { "$@" >"$work/output" 2>&1 || fail "$*: $(cat "$work/output")"; }

signup() {
  curl -s "$url/v1/signup" -H 'Content-Type: application/json' \
    -d "{\"username\": \"$1\", \"password\": \"correct horse battery\"}"
}
login() {
  local response
  response=$(curl -s "$url/v1/login" -d "username=$1" --data-urlencode 'password=correct horse battery')
  grep -o '"access_token":"[^"]*' <<<"$response" | cut -d'"' -f4 || fail "login of $1: $response"
}
me() { curl -s "$url/v1/users/me" -H "Authorization: Bearer $(login "$1")"; }
