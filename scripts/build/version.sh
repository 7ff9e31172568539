#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# version.sh [of FOLDER]: prints the version of this package. It stands in
# dkms.conf, where dkms has to find it, and all else is made from it or checked
# against it.
#
# version.sh check [FOLDER]: says which of the places that a person writes it
# into (README, NEWS, rpm's spec, debian/changelog) has another, and which of the
# packages' files names another maintainer than scripts/package/maintainer, and
# fails. FOLDER holds a checkout, by default this one.
set -eu

top=${2:-$(cd "$(dirname "$0")/../.." && pwd)}
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$top/dkms.conf")

case ${1:-} in
''|of) echo "$version"; exit ;;
check) ;;
*) echo "usage: version.sh [of FOLDER | check [FOLDER]]" >&2; exit 1 ;;
esac

failed=0
# same PLACE VERSION
same() {
	[ "$2" != "$version" ] || return 0
	echo "$1 is about version '$2', dkms.conf says '$version'" >&2
	failed=1
}

echo "$version" | grep -qxE '(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}' || {
	echo "dkms.conf has a PACKAGE_VERSION that is not MAJOR.MINOR.PATCH: '$version'" >&2
	failed=1
}
# see dkms.conf
case $version in
0.0.*)
	echo "PACKAGE_VERSION is below 0.1, so dkms would not install mdev.ko where the kernel has one: '$version'" >&2
	failed=1 ;;
esac
same NEWS "$(sed -n 's/^## \([^ ]*\).*/\1/p' "$top/NEWS.md" | head -n 1)"
same rpm/mdev-dkms.spec "$(sed -n 's/^Version: *//p' "$top/rpm/mdev-dkms.spec")"
same "the changelog in rpm/mdev-dkms.spec" \
	"$(sed -n '/^%changelog/,$s/^\* .* \([^ ]*\)-[^-]*$/\1/p' "$top/rpm/mdev-dkms.spec" | head -n 1)"
same README.md "$(grep -oE 'mdev(-dkms[-_]|/)[0-9]+\.[0-9]+\.[0-9]+' "$top/README.md" |
	sed 's,.*[-_/],,' | sort -u | paste -sd ' ')"
maintainer=$(cat "$top/scripts/package/maintainer")
# same_maintainer PLACE MAINTAINER
same_maintainer() {
	[ "$2" != "$maintainer" ] || return 0
	echo "$1 names the maintainer '$2', scripts/package/maintainer '$maintainer'" >&2
	failed=1
}
same_maintainer "the changelog in rpm/mdev-dkms.spec" \
	"$(sed -n '/^%changelog/,$s/^\* [^ ]* [^ ]* [^ ]* [^ ]* \(.*\) - .*/\1/p' "$top/rpm/mdev-dkms.spec" | head -n 1)"
# not in the tarball
if [ -e "$top/debian" ]; then
	same debian/changelog "$(sed -n '1s/^mdev-dkms (\(.*\)-[^-]*) .*/\1/p' "$top/debian/changelog")"
	same_maintainer debian/control "$(sed -n 's/^Maintainer: //p' "$top/debian/control")"
	same_maintainer debian/changelog "$(sed -n 's/^ -- \(.*\)  .*/\1/p' "$top/debian/changelog" | head -n 1)"
fi
exit $failed
