#!/bin/sh
# Builds a Debian package: runner/contrib/deb.sh VERSION STAGE OUTPUT-FOLDER
#
# STAGE is what `make install PREFIX=/usr DESTDIR=STAGE` has filled; it is
# changed. Needs dpkg-dev; no root. The same build gives the same bytes:
# SOURCE_DATE_EPOCH, by default the last commit's time or CHANGELOG.md's, is
# the time of all files. DEBFULLNAME and DEBEMAIL name the maintainer.
set -eu
export LC_ALL=C
umask 022

version=$1
stage=$(cd "$2" && pwd)
output=$3
doc=$stage/usr/share/doc/nosbatch
maintainer="${DEBFULLNAME:-nosbatch authors} <${DEBEMAIL:-nosbatch@nosbatch.example}>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null ||
    stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH

for tool in dpkg-deb dpkg-shlibdeps strip; do
    if ! command -v $tool >/dev/null 2>&1; then
        echo "make deb needs $tool: sudo apt-get install -y dpkg-dev binutils" >&2
        exit 69
    fi
done

# --- documents -----------------------------------------------------------------

mkdir -p "$doc/examples"
cp README.md "$doc/README.md"
for file in runner/contrib/*; do
    case $file in
    *.sh) ;;
    *) cp "$file" "$doc/examples/" ;;
    esac
done

{
    echo 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/'
    echo 'Upstream-Name: nosbatch'
    echo
    echo 'Files: *'
    sed -n 's/^Copyright (c) /Copyright: /p' LICENSE
    echo 'License: Expat'
    sed -e '1,/^Copyright/d' LICENSE | sed -e '1d' -e 's/^$/./' -e 's/^/ /'
} >"$doc/copyright"

{
    echo "nosbatch ($version) unstable; urgency=medium"
    echo
    # The newest version's items, in lines of at most 78 bytes.
    awk '
        function flush_item(   words, n, i, line) {
            n = split(item, words, " ")
            line = "  *"
            for (i = 1; i <= n; i++) {
                if (length(line) + 1 + length(words[i]) > 78) {
                    print line
                    line = "   "
                }
                line = line " " words[i]
            }
            if (n > 0)
                print line
            item = ""
        }
        /^## / { part++ }
        part == 1 && /^- / { flush_item(); item = substr($0, 3) }
        part == 1 && /^  / { item = item $0 }
        END { flush_item() }' CHANGELOG.md
    echo
    echo " -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >"$doc/changelog"
gzip -9 -n "$doc/changelog"

find "$stage/usr/share/man" -type f -name '*.[1-8]' -exec gzip -9 -n {} +
find "$stage/usr/bin" -type f -exec strip --strip-unneeded \
    --remove-section=.comment --remove-section=.note {} +

# --- control -------------------------------------------------------------------

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/debian"
printf 'Source: nosbatch\n\nPackage: nosbatch\nArchitecture: any\n' \
    >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "$stage"/usr/bin/* 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || {
    echo "make deb: dpkg-shlibdeps found no dependencies" >&2
    exit 70
}
architecture=$(dpkg --print-architecture)
size=$(find "$stage/usr" -type f -printf '%s\n' |
    awk '{sum += int(($1 + 1023) / 1024)} END {print sum}')

mkdir -p "$stage/DEBIAN"
cat >"$stage/DEBIAN/control" <<END
Package: nosbatch
Version: $version
Section: net
Priority: optional
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $size
Depends: $depends
Recommends: ca-certificates
Description: batch job runner for the Nosana GPU network
 A sweep, described once in a manifest, becomes job definitions, which are
 pinned and posted concurrently; a ledger keeps every job's address and cost.
 The same command, run again, goes on where it stopped: a job is never posted
 twice, and none is lost.
 .
 nosbatch-sandbox, a local stand-in for the services to practise with, is
 included.
END
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) \
    >"$stage/DEBIAN/md5sums"

find "$stage" -exec chmod u=rwX,go=rX {} +
find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$output"
dpkg-deb --root-owner-group --uniform-compression -Zxz --build "$stage" \
    "$output/nosbatch_${version}_$architecture.deb" >/dev/null
echo "$output/nosbatch_${version}_$architecture.deb"
