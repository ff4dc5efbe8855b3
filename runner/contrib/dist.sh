#!/bin/sh
# Writes a source tarball: runner/contrib/dist.sh VERSION OUTPUT.tar.gz
#
# The same tree gives the same bytes, wherever and by whomever it is made:
# names in one order, one time for all files, no owners, no umask. In a git
# checkout the files are those that git knows, the time that of the last
# commit; elsewhere (an unpacked tarball) all files but build/ and dot files
# of editors, and the time of CHANGELOG.md, which is the same.
# SOURCE_DATE_EPOCH wins over both.
set -eu
export LC_ALL=C

version=$1
output=$2
name=nosbatch-$version
list=$(mktemp)
tar=$(mktemp)
trap 'rm -f "$list" "$tar"' EXIT

if [ -e .git ] && git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files -z | sort -z >"$list"
    epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
    if ! git diff --quiet HEAD --; then
        echo "dist: files differ from the last commit, and go in as they are" >&2
    fi
else
    find . \( -path ./build -o -name .git -o -name __pycache__ -o \
        -name '.*.sw?' \) -prune -o \( -type f -o -type l \) -printf '%P\0' |
        sort -z >"$list"
    epoch=${SOURCE_DATE_EPOCH:-$(stat -c %Y CHANGELOG.md)}
fi
[ -s "$list" ] || {
    echo "dist: there are no files to pack in $PWD" >&2
    exit 66
}

# Two steps: of a pipe, sh would only see gzip's status.
tar --null --files-from="$list" --mtime="@$epoch" \
    --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
    --format=ustar --transform="s,^,$name/," -cf "$tar"
mkdir -p "$(dirname "$output")"
gzip -9 -n <"$tar" >"$output.part"
mv "$output.part" "$output"
sha256sum "$output"
