#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# dist.sh: make the tarball that both packages are built from, and print its
# path. The same files make the same bytes, whoever makes it, when and where:
# sorted, without owners, and as old as the last commit, or as
# SOURCE_DATE_EPOCH says. debian/ is not in it: Debian has a tarball for that.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"

version=$("$TOP/scripts/build/version.sh")
"$TOP/scripts/package/check-texts.sh"
name=mdev-dkms-$version
tarball=$BUILD/dist/$name.tar.gz
cd "$TOP"

# What git knows. An unpacked tarball has nothing else, but may have builds, and
# its files all have its date.
if [ -e .git ]; then
	files() { git ls-files -z -- . ':!debian'; }
	date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
else
	files() { find . \( -path ./build -o -path "$BUILD" \) -prune -o ! -type d -printf '%P\0'; }
	date=${SOURCE_DATE_EPOCH:-$(stat -c %Y dkms.conf)}
fi

mkdir -p "$BUILD/dist"
# two may be made at once, as for both packages; whichever is last is the same
new=$tarball.$$
trap 'rm -f "$new" "$new.files"' EXIT
# listed first, so that a failure is seen
files | sort -z >"$new.files"
tar --create --null --no-recursion --files-from "$new.files" \
	--format=ustar --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
	--mtime="@$date" --transform "s,^,$name/,S" |
	gzip -9n >"$new"
mv "$new" "$tarball"
echo "$tarball"
