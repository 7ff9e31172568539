#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# rpm.sh [OPTION…]: install what is needed, and build the RPM source and binary packages
# from the tarball that dist.sh makes, into $BUILD/rpm, with these options for rpmbuild.
# Prints the binary package's path.
#
# rpm.sh kmod [OPTION…]: the same for the modules of the kernel KVER (default: that of
# the newest installed headers), and what akmods makes them of, into $BUILD/kmod.
# rpm.sh kmod-source: only the source package of these.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"
# folders that are made here are packed, too
umask 022

dir=$BUILD/rpm
what=package
case ${1:-} in
kmod*)	what=$1
	dir=$BUILD/kmod
	shift ;;
esac
if [ "$what" = kmod ]; then
	need_room 150 "$BUILD" "building the packages"
	hold rpm "make kmod"
	"$TOP/scripts/dev/install-deps.sh" build rpm || exit 1
	KVER=${KVER:-$(newest_headers)}
else
	need_room 50 "$BUILD" "building the package"
	hold rpm "make rpm"
	"$TOP/scripts/dev/install-deps.sh" rpm || exit 1
fi
# rpm writes the path that it builds in into the source package
work=/var/tmp/mdev-dkms-rpmbuild
mkdir "$work" 2>/dev/null || die "$work exists: another build runs, or one was cut off; remove it then"
trap 'rm -rf "$work"' EXIT
tarball=$("$TOP/scripts/package/dist.sh")
rm -rf "$dir"
mkdir -p "$dir"
# as old as the sources, and made nowhere: the same bytes everywhere
tar -xf "$tarball" -C "$dir" --wildcards '*/dkms.conf' --strip-components=1
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$dir/dkms.conf")}
rm "$dir/dkms.conf"
export SOURCE_DATE_EPOCH
cp "$tarball" "$work"
build=(-ta "$work/$(basename "$tarball")")
if [ "$what" != package ]; then
	build=(-bs)
	[ "$what" != kmod ] || build=(-ba --define "kernels $KVER")
	build+=("$work/mdev-kmod.spec" --define "_sourcedir $work" --define "_specdir $work")
	sed -e "s/@VERSION@/$("$TOP/scripts/build/version.sh")/" -e "s/@MAINTAINER@/$(cat "$TOP/scripts/package/maintainer")/" \
		-e "s/@DATE@/$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a %b %d %Y')/" \
		"$TOP/rpm/mdev-kmod.spec.in" >"$work/mdev-kmod.spec"
fi
# what it requires for building are Debian's packages here, of which rpm knows
# nothing
rpmbuild "${build[@]}" --nodeps --define "_topdir $work" --define "_rpmdir $dir" \
	--define "_srcrpmdir $dir" --define "_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm" \
	--define 'use_source_date_epoch_as_buildtime 1' --define '_buildhost localhost' \
	--define 'clamp_mtime_to_source_date_epoch 1' \
	"$@" >"$dir/build.log" 2>&1 || {
	tail -n 20 "$dir/build.log" >&2
	die "the package can't be built, its last lines are above, all of them in $dir/build.log"
}
find "$dir" -name '*.rpm' ! -name '*.src.rpm' | sort
