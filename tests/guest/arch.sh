# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What guests are emulated by, for kernels of this machine's architecture and
# of others, by Debian's names for them (amd64, arm64). Sourced after common.sh.

HOST_ARCH=$(dpkg --print-architecture)

# cross_of ARCH: the prefix of the tools that build for it here; nothing for
# this machine's own
cross_of() {
	case $1 in
	"$HOST_ARCH") ;;
	arm64) echo aarch64-linux-gnu- ;;
	*) die "kernels for $1 can't be built on a machine with $HOST_ARCH" ;;
	esac
}

# cross_32_of ARCH: the prefix of the tools that build programs of 32 bits for it
cross_32_of() {
	case $1 in
	amd64) echo i686-linux-gnu- ;;
	arm64) echo arm-linux-gnueabihf- ;;
	*) die "there are no programs of 32 bits for $1" ;;
	esac
}

# qemu_of ARCH: the program that emulates it
qemu_of() {
	case $1 in
	amd64) echo qemu-system-x86_64 ;;
	arm64) echo qemu-system-aarch64 ;;
	*) die "there is no telling how to boot a kernel for $1" ;;
	esac
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
	case $2-$1 in
	kvm*) echo host ;;
	# Without cmpxchg16b, which the kernel's memory allocator uses wherever it
	# is: QEMU 7.2 leaves nonsense in the flags after it, and an interrupt that
	# comes right then kills the kernel when it returns.
	*-amd64) echo max,la57=off,cx16=off ;;
	# the architecture's own way to sign pointers is slow to emulate
	*-arm64) echo max,pauth-impdef=on ;;
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
