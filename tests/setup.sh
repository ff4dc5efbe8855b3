#!/bin/sh
# Finds out what is missing for a goal, and installs it where that is possible.
#
#   tests/setup.sh build|demo|test|check-all     install what is missing
#   tests/setup.sh --check GOAL                  only say what is missing
#
# Runs on a bare Debian: needs sh and coreutils, no compiler, no pkg-config.
# Ends 0 where all that the goal needs is there. Tools that only add checks
# (clang-format and the like) are installed too but are not needed: a check
# without its tool is skipped with a reason.
set -u

check_only=no
if [ "${1-}" = --check ]; then
    check_only=yes
    shift
fi
goal=${1-}
case $goal in
build | demo | test | check-all) ;;
*)
    echo "usage: tests/setup.sh [--check] build|demo|test|check-all" >&2
    exit 64
    ;;
esac

needed=
wanted=

need() { # PACKAGE COMMAND
    command -v "$2" >/dev/null 2>&1 || needed="$needed $1"
}

want() { # PACKAGE COMMAND
    command -v "$2" >/dev/null 2>&1 || [ -x "/usr/sbin/$2" ] ||
        wanted="$wanted $1"
}

# A header is asked of the compiler, which knows its folders; without a
# compiler it is looked for where Debian puts it.
need_header() { # PACKAGE HEADER
    if command -v "$compiler" >/dev/null 2>&1; then
        # shellcheck disable=SC2086 # CPPFLAGS is a list
        printf '#include <stddef.h>\n#include <%s>\n' "$2" |
            "$compiler" ${CPPFLAGS-} -E - >/dev/null 2>&1 && return
    else
        for file in "/usr/include/$2" /usr/include/*-linux-gnu/"$2"; do
            [ -e "$file" ] && return
        done
    fi
    needed="$needed $1"
}

look() {
    needed=
    wanted=
    compiler=${CC:-gcc}
    compiler=${compiler%% *}
    need "$compiler" "$compiler" # Debian names compilers' packages so
    need make make
    need_header libc6-dev stdio.h
    need_header libcurl4-openssl-dev curl/curl.h
    need_header libjsmn-dev jsmn.h
    need_header zlib1g-dev zlib.h
    need_header libssl-dev openssl/evp.h
    need_header libmicrohttpd-dev microhttpd.h
    case $goal in
    demo)
        need gzip gzip
        ;;
    test | check-all)
        need gzip gzip
        need_header libcmocka-dev cmocka.h
        need python3 python3
        need curl curl
        [ -e /usr/share/zoneinfo/Europe/Berlin ] || needed="$needed tzdata"
        want chromium chromium
        want clang-format clang-format
        want cppcheck cppcheck
        want shellcheck shellcheck
        want openssl openssl
        want mandoc mandoc
        want dpkg-dev dpkg-shlibdeps
        ;;
    esac
    if [ "$goal" = check-all ]; then
        want clang clang
        want clang-tidy clang-tidy
        want valgrind valgrind
        want zsh zsh
        want fish fish
        want lintian lintian
        want fakeroot fakeroot
        want munge munged
        want slurmctld slurmctld
        want slurmd slurmd
        want slurm-client sbatch
    fi
}

say() {
    echo "$@" >&2
}

how_to() {
    command="make $goal"
    [ "$goal" = build ] && command='make'
    say "Missing for \`$command\`:$needed$wanted"
    say
    say "    sudo apt-get install -y$needed$wanted"
    say
    say "Then run make again. (These are Debian's names; other systems call"
    say "the same libraries something similar.)"
}

# Prints the words to put before apt-get; fails where we may not install.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        return 0
    fi
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && echo sudo
}

# apt tells a line a package; it is shown where it ends badly.
apt() {
    # shellcheck disable=SC2086 # root is empty or one word
    DEBIAN_FRONTEND=noninteractive $root apt-get -o Dpkg::Use-Pty=0 "$@" \
        </dev/null >"$log" 2>&1 && return
    tail -n 15 "$log" >&2
    return 1
}

install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    root=$(as_root) || return 1
    log=$(mktemp) || return 1
    trap 'rm -f "$log"' EXIT
    say "Installing with apt, which may take a minute or two:$needed$wanted"
    # A fresh machine has no package lists, an old one stale ones.
    apt update -qq || say "apt-get update failed; trying without"
    # shellcheck disable=SC2086 # lists of words
    apt install -y -qq --no-install-recommends $needed $wanted && return
    # One tool that cannot be had must not keep the needed packages away.
    [ -n "$needed" ] && [ -n "$wanted" ] || return 1
    # shellcheck disable=SC2086
    apt install -y -qq --no-install-recommends $needed
}

look
[ -z "$needed$wanted" ] && exit 0
if [ $check_only = yes ]; then
    [ -z "$needed" ] && exit 0
    how_to
    exit 1
fi

if install; then
    look
    [ -z "$needed" ] && exit 0
fi
if [ -z "$needed" ]; then
    say "Not here, and not needed:$wanted (their checks are skipped)"
    exit 0
fi
how_to
exit 1
