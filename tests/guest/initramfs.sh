#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# initramfs.sh OPTIONS SCRIPT OUTPUT: the initramfs of a guest that runs
# SCRIPT. The kernel takes several cpio archives one after the other, so the
# heavy part, the VM inside the guest, is made once and kept in the cache.
#
# initramfs.sh --kernel-root DIR --vm OUTPUT: only that VM's kernel and
# initramfs, as two files in the folder OUTPUT, for guests of another kind.
#
#   --kernel-root DIR    what debian-kernel.sh printed
#   --arch ARCHITECTURE  skipped, unless the kernel is for that one
#   --modules "NAME…"    more of the kernel's modules to put in
#   --programs "NAME…"   programs to put in, with their libraries: of this machine,
#                        or of roots/make.sh for another architecture
#   --files "SRC[:DEST] …"  files to put in (default: the same name in /case)
#   --samples "NAME…"    sample drivers to put in, in /samples
#   --samples_of WHOSE   not the kernel's own as they are, but of WHOSE as samples.sh
#                        knows them: 5.10, with their source, bench, or ccw
#   --selftests vfio     the kernel's own VFIO selftests, in /selftests
#   --client 32          vfio-client as a program of 32 bits
#   --nested             put in QEMU, and a kernel and an initramfs for it
#   --qemu trixie        that of Debian 13, in place of this machine's own
#   --firmware           put in OVMF, Xen and what makes an image of GRUB, in /firmware
#   --env "NAME=VALUE"   a variable for SCRIPT; may be repeated
#
#   MDEV_VM_KERNEL_ROOT  the kernel for the VM in the guest, where it is not to
#                        be the guest's: a folder as debian-kernel.sh prints it
#   MDEV_MODULES         a folder with modules to use in the place of all that
#                        have been built here: those of an installed package
#
# In the guest: /init, /uevent.sh, /bin (busybox), /lib/modules, /case (script,
# files), /lib/tests (tests/lib, and in vm/ tests/guest/vm), /samples, /selftests,
# /vm (the VM inside the guest).
#
# What can't be had for a kernel is no error: a line "# guest: skipped: …" on
# stdout says what, and the status is 77.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"
# shellcheck source=tests/roots/root.sh
. "$TOP/tests/roots/root.sh"

root='' only_arch='' modules='' programs='' files='' samples='' samples_of=kernel selftests='' client='' nested='' firmware='' qemu_suite=''
variables=()
while [ $# -gt 2 ]; do
	case $1 in
	--nested) nested=yes; shift; continue ;;
	--firmware) firmware=yes; shift; continue ;;
	--kernel-root) root=$2 ;;
	--arch) only_arch=$2 ;;
	--modules) modules=$2 ;;
	--programs) programs=$2 ;;
	--files) files=$2 ;;
	--samples) samples=$2 ;;
	--samples_of) samples_of=$2 ;;
	--selftests) selftests=$2 ;;
	--client) client=$2 ;;
	--env) variables+=("$2") ;;
	--qemu) qemu_suite=$2 ;;
	*) die "unknown option $1" ;;
	esac
	shift 2
done
if [ $# != 2 ] || [ -z "$root" ]; then
	die "usage: initramfs.sh OPTIONS SCRIPT OUTPUT"
fi
script=$1 output=$2
kver=$(ls "$root/lib/modules")
arch=$(kernel_arch "$root")
cross=$(cross_of "$arch") || exit 1
client_cross=$cross
[ "$client" != 32 ] || client_cross=$(cross_32_of "$arch") || exit 1
# the tree that programs come from, if not this machine's own
tree=
[ -z "$cross" ] || tree=$("$TOP/tests/roots/make.sh" "$arch") || exit 1
vm_root=${MDEV_VM_KERNEL_ROOT:-$root}
vm_kver=$(ls "$vm_root/lib/modules")

work=$(mktemp -d "$output.work.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# pack DIR: a cpio archive of it, everything owned by root
pack() { (cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet); }

# skip REASON
skip() {
	echo "# guest: skipped: $*"
	exit 77
}

# busybox, and the folders that every system has; DIR
put_busybox() {
	mkdir -p "$1"/{bin,dev,proc,sys,run,tmp,etc,root} || return 1
	ln -sf bin "$1/sbin"
	cp "$(find_program busybox)" "$1/bin/busybox" || return 1
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
}

# find_program NAME
find_program() (
	[ -z "$tree" ] ||
		PATH=$tree/usr/bin:$tree/bin:$tree/usr/sbin:$tree/sbin
	command -v "$1"
)

# libraries_of FILE: all that it is linked with
libraries_of() {
	local todo=("$1") found=' ' name path

	if [ -z "$tree" ]; then
		{ ldd "$1" 2>/dev/null || :; } | sed -n 's/.*[[:space:]]\(\/[^ ]*\) (.*/\1/p'
		return
	fi
	# ldd can't look at what does not run here
	readelf -l "$1" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p'
	while [ ${#todo[@]} -gt 0 ]; do
		path=${todo[0]}
		todo=("${todo[@]:1}")
		for name in $(readelf -d "$path" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p'); do
			case $found in *" $name "*) continue ;; esac
			found+="$name "
			path=$(find "$tree"/lib "$tree"/usr/lib -name "$name" -print -quit)
			[ -n "$path" ] || die "the library $name of $1 is not in $tree"
			todo+=("$path")
			echo "${path#"$tree"}"
		done
	done
}

# put_program NAME DIR: a program and its shared libraries, in their places
put_program() {
	local path lib

	path=$(find_program "$1") || die "$1 is not installed, and goes into the guest"
	mkdir -p "$2/bin" "$2/usr/bin"
	case $1 in
	qemu-*) cp -L "$path" "$2/usr/bin/" || return 1 ;;
	*) rm -f "$2/bin/$1"; cp -L "$path" "$2/bin/" || return 1 ;;
	esac
	libraries_of "$path" >"$work/libraries" || return 1
	while read -r lib; do
		mkdir -p "$2${lib%/*}" && cp -Ln "$tree$lib" "$2$lib" || return 1
	done <"$work/libraries"
}

# depends_of MODULE: "insmod PATH" for it and all that it needs
depends_of() {
	modprobe -C /dev/null -d "$root" -S "$kver" --show-depends "$1" 2>/dev/null
}

# put_built_modules DIR: ours and the tests' own
put_built_modules() {
	local path

	for path in "$BUILD/$kver"/src/*/*.ko "$BUILD/$kver"/sample_mtty/*.ko; do
		[ ! -e "$path" ] || cp "$path" "$1/updates/" || return 1
	done
	for path in "$BUILD/$kver"/tests/modules/*.ko; do
		[ ! -e "$path" ] || cp "$path" "$1/extra/" || return 1
	done
}

# The kernel's modules that may be asked for, with all they depend on. Ours
# are in updates/, where they win over the kernel's own mdev.ko.
put_modules() {
	local dir=$1/lib/modules/$kver name path

	mkdir -p "$dir/updates" "$dir/extra" || return 1
	for name in vfio vfio_iommu_type1; do
		depends_of "$name" >>"$work/modules" ||
			die "the kernel $kver has no module $name"
	done
	# not modules of their own on every kernel; and a case that asks for one
	# finds out that it is not there
	for name in vfio_virqfd mdev iommufd configfs ${nested:+kvm-amd kvm-intel} $modules; do
		depends_of "$name" >>"$work/modules"
	done
	sed -n 's/^insmod \([^ ]*\).*/\1/p' "$work/modules" | sort -u |
	while read -r path; do
		name=$dir/kernel/${path##*/modules/"$kver"/kernel/}
		mkdir -p "${name%/*}" && cp "$path" "$name" || exit 1
	done || return 1
	if [ -n "${MDEV_MODULES:-}" ]; then
		cp "$MDEV_MODULES"/*.ko* "$dir/updates/" || return 1
	else
		put_built_modules "$dir" || return 1
	fi
	cp "$root/lib/modules/$kver"/modules.{order,builtin,builtin.modinfo} "$dir/" || return 1
	echo 'search updates extra built-in' >"$work/depmod.conf"
	depmod -C "$work/depmod.conf" -b "$1" "$kver"
}

put_case() {
	local dir=$1/case file from to

	mkdir -p "$dir" "$1/lib/tests"
	install -m 755 "$TOP/tests/guest/init" "$1/init" || return 1
	cp "$TOP/tests/guest/uevent.sh" "$1/" || return 1
	cp -r "$TOP"/tests/lib/*.sh "$TOP/tests/guest/vm" "$1/lib/tests/" || return 1
	cp "$script" "$dir/script" || return 1
	# a case may ask whether the VM inside has a small kernel
	[ -z "${MDEV_VM_KERNEL_ROOT:-}" ] || variables+=(quick_vms=yes)
	if [ "${#variables[@]}" -gt 0 ]; then
		printf 'export %q\n' "${variables[@]}"
	fi >"$dir/env"
	if [ -e "$BUILD/tests/${client_cross}vfio-client" ]; then
		cp "$BUILD/tests/${client_cross}vfio-client" "$1/bin/vfio-client" || return 1
	fi
	for file in $files; do
		from=${file%%:*}
		to=/case/$(basename "$from")
		case $file in *:*) to=${file#*:} ;; esac
		[ -e "$from" ] || from=$TOP/$from
		mkdir -p "$1${to%/*}"
		cp -RL "$from" "$1$to" || die "the case asks for a file that is not there: $from"
	done
	for file in $programs; do
		put_program "$file" "$1" || return 1
	done
}

# Not among the modules: one of them has the name of one of ours. Where the kernel
# lacks what a sample needs, there is a file that says what. Beside those of Linux
# 5.10 is their source, with the sums of how it is in Debian's package.
put_samples() {
	local dir=$BUILD/$kver/samples-$samples_of name

	[ -n "$samples" ] || return 0
	mkdir -p "$1/samples"
	for name in $samples; do
		cp "$dir/$name.ko" "$1/samples/" 2>/dev/null || cp "$dir/$name.lacks" "$1/samples/" 2>/dev/null ||
			die "the sample driver $name ($samples_of) has not been built: see $BUILD/build-samples-$samples_of-$kver.log"
	done
	[ ! -e "$dir/sums" ] || (cd "$dir" && sed 's/^[^ ]* *//' sums | xargs cp -t "$1/samples" sums)
}

# put_selftests DIR
put_selftests() {
	local dir

	[ -n "$selftests" ] || return 0
	dir=$("$TOP/tests/kernels/$selftests-selftests.sh" "$arch") || return 1
	cp -r "$dir" "$1/selftests"
}

# put_firmware DIR
put_firmware() {
	local tree

	[ -n "$firmware" ] || return 0
	tree=$("$TOP/tests/roots/make.sh" firmware) || return 1
	mkdir -p "$1/firmware"
	cp "$tree/usr/share/ovmf/OVMF.fd" "$1/firmware/ovmf.fd" &&
		cp -r "$tree/usr/lib/grub/i386-pc" "$1/firmware/grub" &&
		gzip -dc "$tree"/boot/xen-4.17-amd64.gz >"$1/firmware/xen" &&
		put_program grub-mkimage "$1"
}

# put_qemu DIR: of this machine, or of the tree of another release, whose files
# are all in /usr
put_qemu() {
	local tree=${qemu_tree:-$tree} file opens=()

	put_program "$qemu" "$1" || return 1
	[ "$arch" != amd64 ] || opens=(/usr/share/seabios/bios-256k.bin
		/usr/share/qemu/{kvmvapic,linuxboot_dma,multiboot_dma,pvh}.bin)
	# built in since QEMU 10
	for file in /usr/lib/*/qemu/accel-tcg-x86_64.so; do
		[ -n "$tree" ] || [ ! -e "$file" ] || opens+=("$file")
	done
	for file in ${opens[@]+"${opens[@]}"}; do
		mkdir -p "$1${file%/*}"
		cp -L "$tree$file" "$1$file" ||
			die "QEMU's $file is not there: is qemu-system-x86 installed whole?"
	done
}

# put_vm_files DIR: the VM's kernel and initramfs
put_vm_files() {
	local file=$vm_root/boot/vmlinux-$vm_kver

	mkdir -p "$1"
	[ -e "$file" ] || file=$vm_root/boot/vmlinuz-$vm_kver
	cp "$file" "$1/kernel" || return 1
	put_vm "$work/vm" && pack "$work/vm" >"$1/initramfs"
}

# The VM inside: busybox and the tools that look at a serial card.
put_vm() {
	put_busybox "$1" || return 1
	put_program lspci "$1" || return 1
	put_program setserial "$1" || return 1
	mkdir -p "$1/usr/share/misc"
	# of the list of PCI ids the classes and nobody's vendor are enough
	sed -n '/^C 00/,$p' "$tree/usr/share/misc/pci.ids" >"$1/usr/share/misc/pci.ids" || return 1
	# lspci complains where the kernel has no table of modules
	mkdir -p "$1/lib/modules/$vm_kver"
	touch "$1/lib/modules/$vm_kver"/modules.{order,builtin,builtin.modinfo}
	depmod -b "$1" "$vm_kver" || return 1
	install -m 755 "$TOP/tests/guest/vm-init" "$1/init"
}

# make_nested DIR: the archive with the heavy part: QEMU with what it opens by
# itself, and the VM's kernel and initramfs
make_nested() {
	mkdir "$1" && put_qemu "$work/nested" && put_vm_files "$work/nested/vm" &&
		pack "$work/nested" >"$1/archive"
}

# nested_key: what goes in
nested_key() {
	{
		stat -L -c '%n %s %Y' "$(tree=${qemu_tree:-$tree} find_program "$qemu")" \
			"$(find_program lspci)" "$(find_program setserial)" \
			"$vm_root/boot/vmlinuz-$vm_kver"
		cat "$0" "$TOP/tests/guest/vm-init"
	} | sha256sum | cut -c 1-16
}

make_guest() {
	put_busybox "$work/guest" && put_modules "$work/guest" &&
		put_case "$work/guest" && put_samples "$work/guest" && put_selftests "$work/guest" &&
		put_firmware "$work/guest" &&
		pack "$work/guest" >"$output"
}

if [ "$script" = --vm ]; then
	put_vm_files "$output" || die "the VM could not be made, see above"
	exit
fi
[ -z "$only_arch" ] || [ "$arch" = "$only_arch" ] ||
	skip "it is about $only_arch"
[ -n "$client_cross" ] || [ "$client" != 32 ] ||
	skip "no programs of 32 bits are built for $arch"
[ -z "$nested" ] || [ -n "$(arch_fact "$arch" vm)" ] ||
	skip "no VM runs in a guest of $arch"
[ -z "$selftests" ] || [ -n "$(arch_fact "$arch" selftests)" ] ||
	skip "the kernel's VFIO selftests are not for $arch"
qemu_tree=
if [ -n "$qemu_suite" ]; then
	[ "$arch" = amd64 ] ||
		skip "QEMU of Debian's $qemu_suite is there for amd64 only"
	qemu_tree=$("$TOP/tests/roots/make.sh" "qemu-$qemu_suite") || exit 1
fi
[ -z "$firmware" ] || [ "$arch" = amd64 ] ||
	skip "the firmware is there for amd64 only"
for name in $modules; do
	depends_of "$name" >"$work/depends" ||
		skip "the kernel $kver has no module $name"
done
if ! make_guest; then
	die "the guest's initramfs could not be made, see above"
fi
if [ -n "$nested" ]; then
	qemu=$(arch_fact "$arch" qemu)
	archive=$CACHE/nested/$vm_kver-$arch${qemu_suite:+-$qemu_suite}
	make_once "$archive" "the VM for the guest" "200 MB" "$(nested_key)" make_nested
	cat "$archive/archive" >>"$output" || exit 1
fi
