#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# deb.sh: install what is needed, and build the Debian source and binary packages from
# the tarball that dist.sh makes, into $BUILD/deb. Prints the binary package's path. Built on
# Debian 12, they install on 11 to 13.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../common.sh"
# folders that are made here are packed, too
umask 022
[ -e "$TOP/debian" ] || die "debian/ is not here, as a tarball of make dist does not have it: make deb in a checkout"
need_room 50 "$BUILD" "building the package"
hold deb "make deb"
"$TOP/scripts/dev/install-deps.sh" deb || exit 1
tarball=$("$TOP/scripts/package/dist.sh")
name=$(basename "$tarball" .tar.gz)
dir=$BUILD/deb
rm -rf "$dir"
mkdir -p "$dir"
cp "$tarball" "$dir/${name%-*}_${name##*-}.orig.tar.gz"
tar -xf "$tarball" -C "$dir"
# as old as the tarball's files: what is younger than the changelog is packed as
# old as that, but what is older would be packed as old as it is
git -C "$TOP" ls-files -z debian | tar -C "$TOP" -c --null --files-from - \
	--mtime="@$(stat -c %Y "$dir/$name/dkms.conf")" | tar -x -C "$dir/$name"
# its own build has nothing to do with ours; and debhelper says what it does
unset BUILD CACHE MDEV_CACHE
(cd "$dir/$name" && dpkg-buildpackage -us -uc) >"$dir/build.log" 2>&1 || {
	tail -n 20 "$dir/build.log" >&2
	die "the package can't be built, its last lines are above, all of them in $dir/build.log"
}
rm -rf "${dir:?}/$name"
ls "$dir"/*.deb
