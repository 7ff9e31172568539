# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A driver outside this tree, packaged with DKMS, is built on the installed
# package: by hand, by dkms, and by itself when another kernel comes. The driver,
# its Makefile and its dkms.conf are those that docs/api.md shows.
#
# It runs on the host, as root: tests/run/run.sh says what it is given.
# All that is installed goes into a layer above the release's root, and is gone
# with the case; what the driver and the package have installed for the first
# kernel is kept in MDEV_MODULES.

# The layers are mounted where nobody else sees them.
if [ -z "${MDEV_OWN_MOUNTS:-}" ]; then
	exec env MDEV_OWN_MOUNTS=yes unshare --mount bash "$0"
fi
# shellcheck source=tests/lib/tap.sh
. "$TOP/tests/lib/tap.sh"
# shellcheck source=scripts/common.sh
. "$TOP/scripts/common.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

work=$PWD
root=$work/root
first=${KVER:?}
arch=$(uname -m)
version=$(sh "$TOP/scripts/build/version.sh")
mdev=mdev/$version
note=acme-note/1.0
guide=$TOP/docs/api.md

# there COMMAND…: in the root
there() { in_root "$root" "$@"; }

# regex TEXT: that matches just this, as names of kernels have a "+"
regex() { printf '%s' "$1" | sed 's/[+.]/\\&/g'; }

# missing KERNEL OUTPUT: the sentence that says that there is no mdev for a kernel, once,
# and that nothing was compiled
missing() {
	is "one sentence says what is missing" \
		"$(echo "$2" | grep -cE "(mdev-dkms is not installed for the kernel $(regex "$1"),|due to missing BUILD_DEPENDS: mdev)")" 1
	is "and nothing was compiled" "$(echo "$2" | grep -E '^ +(CC|LD) |error:|note\.c')" ""
}

# symbol_version: of one of ours, in a list of versions
symbol_version() { awk '$2 == "mdev_stable_register_device" { print $1 }'; }

# fits KERNEL: the installed driver is for that kernel and for that mdev
fits() {
	local link=/var/lib/dkms/mdev/kernel-$1-$arch want

	shows "^$(regex "$1") " "the driver is for $1" there modinfo -k "$1" -F vermagic note
	gives mdev "it depends on mdev" there modinfo -k "$1" -F depends note
	shows "/updates/dkms/" "modprobe finds the mdev of the package" there modinfo -k "$1" -F filename mdev
	want=$(symbol_version <"$root$link/Module.symvers")
	is "it has the symbol versions of that one" \
		"$(there modprobe --dump-modversions "$(there modinfo -k "$1" -n note)" | symbol_version)" \
		"${want:-a version}"
}

step "A release with dkms and two kernels"
mkdir -p "$root" "$work/upper" "$work/work"
if ! run mount -t overlay overlay \
	-o "lowerdir=$MDEV_SUITE_ROOT,upperdir=$work/upper,workdir=$work/work" "$root"; then
	# a layer above a layer, as in a container: then all of it
	run cp -a "$MDEV_SUITE_ROOT/." "$root"
fi
# shellcheck disable=SC2016 # for the shell there
ok "dkms and another kernel's headers are installed" "there sh -ec '
	apt-get -q update
	apt-get -q -y --no-install-recommends install dkms linux-headers-cloud-amd64
' >$work/apt.log 2>&1 || { tail -n 5 $work/apt.log; false; }"
# shellcheck disable=SC2016 # for dpkg-query
second=$(there dpkg-query -W -f '${Depends}' linux-headers-cloud-amd64 |
	grep -oE 'linux-headers-[0-9][^ ,]*' | sed 's/linux-headers-//')
run there dkms --version
# The kernel itself need not be there, but its own mdev must not be what is used.
for kver in "$first" "$second"; do
	modules=$CACHE/kernel/$kver/lib/modules/$kver/kernel/drivers/vfio
	[ ! -d "$modules" ] || run "mkdir -p $root/lib/modules/$kver/kernel/drivers &&
		cp -rT $modules $root/lib/modules/$kver/kernel/drivers/vfio"
done
ok "their headers are there" there ls -d "/lib/modules/$first/build/Makefile" "/lib/modules/$second/build/Makefile"

step "The two packages"
mkdir -p "$root/usr/src/mdev-$version" "$root/usr/src/acme-note-1.0" "$root/opt"
tar -C "$TOP" -c --exclude ./build --exclude ./.git . | tar -C "$root/usr/src/mdev-$version" -x
cp -r "$root/usr/src/mdev-$version" "$root/opt/mdev-dkms"
for name in note.c Makefile dkms.conf; do
	ok "the guide shows $name" "$TOP/scripts/dev/shown.sh $name $guide >$root/usr/src/acme-note-1.0/$name"
done
cp -r "$root/usr/src/acme-note-1.0" "$root/opt/acme-note"
is "the Makefile has three lines" "$(wc -l <"$root/opt/acme-note/Makefile")" 3
ok "dkms knows the driver" there dkms add "$note"
ok "and ours" there dkms add "$mdev"

# by_hand KERNEL [VARIABLE=VALUE…]
by_hand() { there make -C "/lib/modules/$1/build" M=/opt/acme-note "${@:2}" modules; }

step "The driver without ours"
fails "by hand it can't be built" by_hand "$first"
missing "$first" "$out$err"
fails "nor by dkms" there dkms build "$note" -k "$first"
missing "$first" "$out$err$(cat "$root/var/lib/dkms/acme-note/1.0/build/make.log" 2>/dev/null)"

step "On a checkout"
fails "before make there" by_hand "$first" MDEV=/opt/mdev-dkms
is "one sentence says so" "$(echo "$err" | grep -c 'mdev-dkms is not built for the kernel')" 1
is "before anything is compiled" "$(find "$root/opt/acme-note" -name '*.o')" ""
ok "make" "there make -C /opt/mdev-dkms KVER=$first -j $(nproc) >$work/make.log 2>&1 || { tail -n 20 $work/make.log; false; }"
ok "the driver is built" by_hand "$first" MDEV=/opt/mdev-dkms
is "without a warning" "$(echo "$out$err" | grep -i warning)" ""
shows "^$(regex "$first") " "for that kernel" there modinfo -F vermagic /opt/acme-note/note.ko

step "On the installed package"
ok "install ours" there dkms install "$mdev" -k "$first"
ok "headers and symbols lie where the Makefile looks" there \
	ls "/var/lib/dkms/mdev/kernel-$first-$arch/include/linux/mdev.h" \
	"/var/lib/dkms/mdev/kernel-$first-$arch/Module.symvers"
ok "clean what was built" there make -C "/lib/modules/$first/build" M=/opt/acme-note clean
ok "by hand the driver is built" by_hand "$first"
is "without a warning" "$(echo "$out$err" | grep -i warning)" ""
ok "install it with dkms" there dkms install "$note" -k "$first"
fits "$first"

step "Another kernel comes"
fails "nothing is there for it yet" there modinfo -k "$second" note
ok "what Debian runs when its headers have been installed" there /etc/kernel/header_postinst.d/dkms "$second"
fits "$second"
shows "^acme-note.*$(regex "$second").*installed" "dkms says so" there dkms status
fits "$first"

step "Ours goes from a kernel"
ok "uninstall it" there dkms uninstall "$mdev" -k "$second"
fails "the driver can't be built for it any more" by_hand "$second"
missing "$second" "$out$err"
ok "remove it" there dkms remove "$mdev" -k "$second"
fails "its headers are gone" "there ls /var/lib/dkms/mdev/$version/$second"
fits "$first"

mkdir -p "$MDEV_MODULES"
ok "what is installed for $first is kept for a guest" \
	"cp $root/lib/modules/$first/updates/dkms/*.ko* $MDEV_MODULES/"
