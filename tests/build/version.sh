# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# One version, and a tarball of it that is the same whoever makes it.
# shellcheck source=tests/lib/headers.sh
. "$TOP/tests/lib/headers.sh"

version=$("$TOP/scripts/build/version.sh")

step "All places agree"
ok "those that a person writes" "$TOP/scripts/package/check-texts.sh"
ok_built
for module in src/mdev/mdev src/vfio_mdev/vfio_mdev src/mdev_sim/mdev_sim sample_mtty/mtty; do
	gives "$version" "$module.ko says it" modinfo -F version "$built/$module.ko"
done

step "They are checked"
mkdir -p other/debian other/rpm other/scripts/package
cp "$TOP"/{dkms.conf,NEWS.md,README.md} other
cp "$TOP"/debian/{changelog,control} other/debian
cp "$TOP/scripts/package/maintainer" other/scripts/package
cp "$TOP/rpm/mdev-dkms.spec" other/rpm
edit other/dkms.conf 's/^(PACKAGE_VERSION)=.*/\1="77.8.9"/'
fails "another one in dkms.conf alone" "$TOP/scripts/package/check-texts.sh" other
contains "NEWS is named" "$err" "^NEWS .*'$version'.*77\.8\.9"
contains "README" "$err" "^README\.md .*'$version'.*77\.8\.9"
contains "the spec" "$err" "^rpm/mdev-dkms.spec .*'$version'.*77\.8\.9"
contains "its changelog" "$err" "^the changelog in rpm/mdev-dkms.spec .*'$version'.*77\.8\.9"
contains "and debian/changelog" "$err" "^debian/changelog .*'$version'.*77\.8\.9"
is "no maintainer" "$(echo "$err" | grep "maintainers <")" ""
echo 'Another <another@example.org>' >other/scripts/package/maintainer
fails "another maintainer" "$TOP/scripts/package/check-texts.sh" other
for place in "the changelog in rpm/mdev-dkms.spec" debian/control debian/changelog; do
	contains "is missed in $place" "$err" "^$place says 'mdev-dkms maintainers <.*'Another <another@"
done
edit other/dkms.conf 's/^(PACKAGE_VERSION)=.*/\1="1.0"/'
fails "two numbers instead of three" "$TOP/scripts/package/check-texts.sh" other
contains "it says so" "$err" "not MAJOR\.MINOR\.PATCH: '1\.0'"
edit other/dkms.conf 's/^(PACKAGE_VERSION)=.*/\1="0.0.9"/'
fails "a number below that of the kernel's own mdev.ko" "$TOP/scripts/package/check-texts.sh" other
contains "it says what dkms would do" "$err" "dkms would not install mdev\.ko .*'0\.0\.9'"

step "The tarball"
# dist FOLDER COMMAND…: made from FOLDER, into a folder of its own
dist() {
	local dir=$1
	shift
	mkdir -p "$work/build-$dir"
	(cd / && env BUILD="$work/build-$dir" "$@" "$work/$dir/scripts/package/dist.sh")
}
# checkout FOLDER: the files as they are here, committed
checkout() {
	mkdir "$1" || exit 1
	if [ -e "$TOP/.git" ]; then
		git -C "$TOP" ls-files -z
	else
		(cd "$TOP" && find . -path ./build -prune -o -type f -printf '%P\0')
	fi | tar -C "$TOP" -c --null --files-from - | tar -x -C "$1" || exit 1
	git -C "$1" init -q -b main
	git -C "$1" add -A
	GIT_AUTHOR_DATE=@1700000000 GIT_COMMITTER_DATE=@1700000000 git -C "$1" \
		-c user.name=test -c user.email=test@localhost commit -q -m "As it is here"
}
checkout first
checkout second
ok "is made" dist first
ok "in another folder, time zone, language, with another umask" \
	dist second TZ=Asia/Kathmandu LANG=de_DE.UTF-8 bash -c 'umask 077; sleep 1.1; exec "$@"' dist
tarball=dist/mdev-dkms-$version.tar.gz
ok "has the same bytes" cmp "build-first/$tarball" "build-second/$tarball"
fails "has no debian/" "tar -tf build-first/$tarball | grep /debian/"
ok "unpacks" tar -xf "build-first/$tarball"
ok "makes itself again" dist "mdev-dkms-$version"
ok "with the same bytes" cmp "build-first/$tarball" "build-mdev-dkms-$version/$tarball"
echo more >>second/README.md
ok "with a change" dist second
fails "it has others" cmp -s "build-first/$tarball" "build-second/$tarball"
