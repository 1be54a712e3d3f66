# Sourced by tools/quickstart.sh and tools/test.sh: installs what tools/packages.txt lists.
#
#   missing_packages GROUP...   prints the packages of these groups that are not installed
#   install_packages PACKAGE... installs them with apt, as root or through sudo
#
# Nothing missing costs one dpkg-query and no network.

missing_packages() {
  local group package wanted=()
  while read -r group package; do
    case " $* " in *" $group "*) wanted+=("$package") ;; esac
  done < <(grep -v '^#' "$repo/tools/packages.txt")
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian system: install what tools/packages.txt lists in your own way, then" >&2
    echo "build with: cmake --workflow --preset check" >&2
    return 1
  fi
  # dpkg-query complains about packages that it has never heard of; those are simply not installed.
  local installed
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
    sed -n 's/^installed //p') || true
  for package in "${wanted[@]}"; do
    grep -qxF -- "$package" <<<"$installed" || echo "$package"
  done
}

# Asks for the password of sudo where one is needed; call it where the terminal is free.
require_root() {
  [ "$(id -u)" = 0 ] && return 0
  if command -v sudo >/dev/null; then
    sudo -v
  else
    echo "Packages have to be installed: run this as root, or install sudo." >&2
    return 1
  fi
}

install_packages() {
  local as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get
    -o DPkg::Lock::Timeout=300 -q)
  # The package lists of a fresh machine are empty or old: fetch them only when they fail us.
  if "${apt[@]}" install -y --no-install-recommends "$@"; then return 0; fi
  echo "Fetching the package lists and trying again"
  "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"
}
