# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What there is to know about architectures, by Debian's names for them: how
# modules are built for one, and how its guests are emulated. Sourced after
# common.sh.

HOST_ARCH=$(dpkg --print-architecture)

# arch_fact ARCH KEY: what is known, nothing where there is nothing to know
#   kbuild    the kernel's name for it, for ARCH=
#   tools     how the names of its compiler and binutils begin
#   arch_32   the architecture whose programs it runs, too
#   qemu      the program that emulates it
#   packages  the Debian packages that this may be in
#   machine   its options for a machine with a port for the kernel's messages, which is
#             the chardev "console", and one for what a case prints, "output"
#   console, output  what Linux calls these
#   cpu       the emulated CPU
#   vm        yes: a guest of it can run a VM, as tests/lib/vm.sh does
#   selftests  the name that the kernel's VFIO selftests know it by
arch_fact() {
	local -A fact=()

	case $1 in
	# Without cmpxchg16b, which the kernel's memory allocator uses wherever it
	# is: QEMU 7.2 leaves nonsense in the flags after it, and an interrupt that
	# comes right then kills the kernel when it returns.
	amd64) fact=([kbuild]=x86_64 [tools]=x86_64-linux-gnu [arch_32]=i386
		[qemu]=qemu-system-x86_64 [packages]=qemu-system-x86
		[machine]="-M q35 -serial chardev:console -serial chardev:output"
		[console]=ttyS0 [output]=ttyS1 [cpu]="max,la57=off,cx16=off" [vm]=yes [selftests]=x86) ;;
	# the architecture's own way to sign pointers is slow to emulate
	arm64) fact=([kbuild]=arm64 [tools]=aarch64-linux-gnu [arch_32]=armhf
		[qemu]=qemu-system-aarch64 [packages]=qemu-system-arm
		[machine]="-M virt -serial chardev:console -device pci-serial,chardev=output"
		[console]=ttyAMA0 [output]=ttyS0 [cpu]="max,pauth-impdef=on" [vm]=yes [selftests]=arm64) ;;
	# big endian
	s390x) fact=([kbuild]=s390 [tools]=s390x-linux-gnu
		[qemu]=qemu-system-s390x [packages]="qemu-system-s390x qemu-system-misc"
		[machine]="-M s390-ccw-virtio -device sclpconsole,chardev=console -device virtio-serial -device virtconsole,chardev=output"
		[console]=ttyS1 [output]=hvc0 [cpu]=max) ;;
	# built for, not booted
	armhf) fact=([kbuild]=arm [tools]=arm-linux-gnueabihf) ;;
	i386) fact=([kbuild]=i386 [tools]=i686-linux-gnu) ;;
	ppc64el) fact=([kbuild]=powerpc [tools]=powerpc64le-linux-gnu) ;;
	riscv64) fact=([kbuild]=riscv [tools]=riscv64-linux-gnu) ;;
	*) die "nothing is known about the architecture $1" ;;
	esac
	echo "${fact[$2]:-}"
}

# flavour_arch FLAVOUR: the architecture of linux-headers-FLAVOUR
flavour_arch() {
	case $1 in
	armmp*) echo armhf ;;
	686*) echo i386 ;;
	powerpc64le*) echo ppc64el ;;
	*) echo "${1##*-}" ;;
	esac
}

# cross_of ARCH: the prefix of the tools that build for it here; nothing for
# this machine's own
cross_of() {
	local tools

	[ "$1" != "$HOST_ARCH" ] || return 0
	tools=$(arch_fact "$1" tools) || return 1
	echo "$tools-"
}

# cross_32_of ARCH: the prefix of the tools that build programs of 32 bits for it;
# nothing where there are none
cross_32_of() {
	local arch_32

	arch_32=$(arch_fact "$1" arch_32) || return 1
	[ -z "$arch_32" ] || echo "$(arch_fact "$arch_32" tools)-"
}

# kernel_arch ROOT: of an unpacked kernel; debian-kernel.sh writes that down
kernel_arch() {
	if [ -e "$1/architecture" ]; then
		cat "$1/architecture"
	else
		echo "$HOST_ARCH"
	fi
}

# cpu_of ARCH ACCELERATOR: the CPU for a guest
cpu_of() {
	case $2 in
	kvm*) echo host ;;
	*) arch_fact "$1" cpu ;;
	esac
}

# /dev/kvm can be there and still not run a kernel, where the machine is a VM
# itself: only the CPU's flags tell.
accelerator() {
	if [ -r /dev/kvm ] && [ -w /dev/kvm ] && grep -qwE 'vmx|svm' /proc/cpuinfo; then
		echo kvm
	else
		echo tcg,thread=multi
	fi
}
