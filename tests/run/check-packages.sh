#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-packages.sh [CASE…]: build the packages and run the cases of
# tests/packages/, all or the named ones; what "make check-packages" calls. Each
# case runs in a root of its own of each Debian release, with that release's
# dkms and kernels, so this is for root.
#
#   SUITES  the releases (default: bullseye bookworm trixie)
#   JOBS    cases at a time (default: 2; each builds with all processors)
#   V=1     print each test, not only each case
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL

[ "$(id -u)" = 0 ] ||
	die "the packages are tried in roots of Debian's releases, which takes root's rights: run it with sudo"

cases=()
for name; do
	name=tests/packages/$(basename "$name" .sh).sh
	[ -e "$TOP/$name" ] ||
		die "there is no test case '$name'; there are: $(cd "$TOP/tests/packages" && printf '%s ' *.sh | sed 's/\.sh//g')"
	cases+=("$name")
done
cd "$TOP" || exit 1
# the longest scripts take longest, so they begin first
[ ${#cases[@]} -gt 0 ] || mapfile -t cases < <(ls -S tests/packages/*.sh)

"$TOP/scripts/dev/install-deps.sh" build guest check packages firmware || exit 1

# The version that is here, and the one after it: the same with another number.
next_version() {
	local next=$BUILD/packages/next version date

	version=$("$TOP/scripts/build/version.sh")
	next_version=${version%.*}.$((${version##*.} + 1))
	rm -rf "$next"
	mkdir -p "$next"
	git ls-files -z | tar -c --null --files-from - | tar -x -C "$next" || return 1
	date=$(dpkg-parsechangelog -S Date)
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$next_version\"/" "$next/dkms.conf"
	sed -i -E "s,(mdev(-dkms[-_]|/))$version,\1$next_version,g" "$next/README.md"
	sed -i "0,/^## /s/^## [^ ]*/## $next_version/" "$next/NEWS.md"
	sed -i "1i mdev-dkms ($next_version-1) unstable; urgency=medium\n\n  * The next one.\n\n -- $(cat scripts/package/maintainer)  $date\n" \
		"$next/debian/changelog"
	sed -i "s/^Version: .*/Version: $next_version/; /^%changelog/,\$s/^\(\* .*\) [^ ]*$/\1 $next_version-1/" \
		"$next/rpm/mdev-dkms.spec"
	(cd "$next" && git init -q . && git add -A) &&
		scripts/build/version.sh check "$next" || return 1
	# twice for rpm, the second time with a higher release number
	set -- env SOURCE_DATE_EPOCH="$(date -d "$date" +%s)" BUILD="$next/build"
	"$@" "$next/scripts/package/deb.sh" && "$@" "$next/scripts/package/rpm.sh" &&
		cp "$next"/build/{deb/*.deb,rpm/*.noarch.rpm} "$PACKAGES" &&
		"$@" "$next/scripts/package/rpm.sh" --define 'dist .2' &&
		cp "$next"/build/rpm/*.noarch.rpm "$PACKAGES"
}

PACKAGES=$BUILD/packages/files
export PACKAGES
rm -rf "$PACKAGES"
mkdir -p "$PACKAGES" || exit 1
say "building the packages, and those of a next version"
"$TOP/scripts/package/deb.sh" >/dev/null && "$TOP/scripts/package/rpm.sh" >/dev/null &&
	cp "$BUILD"/deb/*.{deb,dsc,changes,buildinfo,tar.*} "$BUILD"/rpm/*.rpm "$PACKAGES" &&
	next_version >/dev/null || exit 1

# for_suite: the cases that are for it: all, but for those that name others in
# a line "# suites: …"
for_suite() {
	local case

	for case in "${cases[@]}"; do
		if ! grep -q '^# suites:' "$case" || grep -qwE "^# suites:.* $SUITE" "$case"; then
			echo "$case"
		fi
	done
}

verbose=()
[ "${V:-0}" = 0 ] || verbose=(--verbose)
failed=()
for SUITE in ${SUITES:-bullseye bookworm trixie}; do
	SUITE_ROOT=$("$TOP/tests/roots/package-root.sh" "$SUITE") || { failed+=("$SUITE"); continue; }
	CCACHE=$CACHE/ccache/$SUITE
	export SUITE SUITE_ROOT CCACHE
	mkdir -p "$BUILD/packages/logs/$SUITE"
	mapfile -t selected < <(for_suite)
	[ ${#selected[@]} -gt 0 ] || continue
	say "trying the packages on $SUITE; logs: $BUILD/packages/logs/$SUITE/"
	prove --jobs "${JOBS:-2}" --timer --exec "$TOP/tests/run/run-case.sh" \
		${verbose[@]+"${verbose[@]}"} "${selected[@]}" || failed+=("$SUITE")
done
[ ${#failed[@]} = 0 ] || die "not all is well on: ${failed[*]}"
