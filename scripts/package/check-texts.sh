#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# check-texts.sh [FOLDER]: says which of the places that a person writes them into
# have another version than dkms.conf, or another maintainer than
# scripts/package/maintainer, and fails. FOLDER holds a checkout, by default this one.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
version=$("$top/scripts/build/version.sh" "${1:-$top}")
cd "${1:-$top}"
maintainer=$(cat scripts/package/maintainer)
failed=0

# bad TEXT…
bad() {
	echo "$*" >&2
	failed=1
}
# same PLACE IT-SAYS IT-SHOULD-SAY
same() { [ "$2" = "$3" ] || bad "$1 says '$2' and should say '$3'"; }
# first REGEX FILE: what the group of REGEX matches, in the first line that it matches
first() { sed -n "s/$1/\\1/p" "$2" | head -n 1; }

echo "$version" | grep -qxE '(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}' ||
	bad "dkms.conf has a PACKAGE_VERSION that is not MAJOR.MINOR.PATCH: '$version'"
# see dkms.conf
case $version in
0.0.*) bad "PACKAGE_VERSION is below 0.1, so dkms would not install mdev.ko where the kernel has one: '$version'" ;;
esac
same NEWS "$(first '^## \([^ ]*\).*' NEWS.md)" "$version"
same README.md "$(grep -oE 'mdev(-dkms[-_]|/)[0-9]+\.[0-9]+\.[0-9]+' README.md |
	sed 's,.*[-_/],,' | sort -u | paste -sd ' ')" "$version"
spec=rpm/mdev-dkms.spec
same $spec "$(first '^Version: *\(.*\)' $spec)" "$version"
same "the changelog in $spec" "$(first '^\* .* \([0-9.]*\)-[0-9]*$' $spec)" "$version"
same "the changelog in $spec" "$(first '^\* [^<]* [0-9]* \([^0-9].*\) - .*' $spec)" "$maintainer"
# not in the tarball
if [ -e debian ]; then
	same debian/changelog "$(first '^mdev-dkms (\(.*\)-[^-]*) .*' debian/changelog)" "$version"
	same debian/changelog "$(first '^ -- \(.*\)  .*' debian/changelog)" "$maintainer"
	same debian/control "$(first '^Maintainer: \(.*\)' debian/control)" "$maintainer"
fi
exit $failed
