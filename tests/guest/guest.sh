#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh OPTIONS SCRIPT: boot a guest that runs SCRIPT, print what SCRIPT
# prints, end with the guest. Its kernel's messages go to a log file.
#
#   --log FILE       the kernel's messages (default: build/logs/KVER/SCRIPT.log)
#   --memory SIZE    default 512M, with --nested 1536M
#   --cpus N         default $MDEV_GUEST_CPUS, or 2
#   --timeout SECS   default 300; after that QEMU is ended, and the status is 124
#                    (a kernel with KASAN or lockdep gets six times as long, and
#                    twice the memory; and all MDEV_PATIENCE times as long)
#   --append "…"     more for the kernel's command line
#   --disk           with a disk of virtio, all zeroes
#   --icount         its clock counts its instructions, a nanosecond each, and skips
#                    what it idles; with one CPU, emulated
#   --secure-boot DIR  boot as a PC does that was delivered with Secure Boot: UEFI
#                    with Microsoft's keys, shim, GRUB, the kernel. DIR is the PC:
#                    its disk, its firmware's variables, which stay, and its
#                    console, a serial terminal, in the FIFO DIR/console.in what
#                    somebody types there. Made where there is none.
#   other options    go to initramfs.sh
#
#   MDEV_ACCEL       QEMU's accelerator, "kvm" or "tcg,thread=multi"; by itself
#                    KVM is taken where it works. A guest of another
#                    architecture than this machine's is always emulated.
#
# Where a guest can't have what SCRIPT asks for, it is not booted: one line
# says why, "# guest: skipped: …", and the status is 77.
set -u
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/../../scripts/common.sh"
# shellcheck source=tests/guest/arch.sh
. "$TOP/tests/guest/arch.sh"

log='' memory='' cpus=${MDEV_GUEST_CPUS:-2} timeout=300 append='' disk='' pc=''
initramfs_options=() icount=()
while [ $# -gt 1 ]; do
	case $1 in
	--log) log=$2 ;;
	--memory) memory=$2 ;;
	--cpus) cpus=$2 ;;
	--timeout) timeout=$2 ;;
	--append) append=$2 ;;
	--icount) icount=(-icount "shift=0,sleep=off"); shift; continue ;;
	--disk) disk=yes; shift; continue ;;
	--secure-boot) pc=$2 ;;
	--nested)
		memory=${memory:-1536M}
		initramfs_options+=("$1"); shift; continue ;;
	--firmware) initramfs_options+=("$1"); shift; continue ;;
	*) initramfs_options+=("$1" "$2") ;;
	esac
	shift 2
done
[ $# = 1 ] || die "usage: guest.sh OPTIONS SCRIPT"
script=$1

root=$("$TOP/tests/kernels/debian-kernel.sh") || exit 1
kver=$("$TOP/tests/kernels/debian-kernel.sh" version)
arch=$(kernel_arch "$root")
system=$(arch_fact "$arch" qemu) || exit 1
kernel=$root/boot/vmlinux-$kver
[ -e "$kernel" ] || kernel=$root/boot/vmlinuz-$kver

# watches_itself: the kernel's configuration says that it checks each access
# to memory or each lock, which takes time and memory
watches_itself() {
	grep -qsE '^CONFIG_(KASAN|PROVE_LOCKING)=y' "$root/boot/config-$kver" \
		"$root/lib/modules/$kver/config"
}
memory=${memory:-512M}
if watches_itself; then
	timeout=$((timeout * 6))
	memory=$((${memory%[MG]} * 2))${memory##*[0-9]}
fi
timeout=$((timeout * ${MDEV_PATIENCE:-1}))

log=${log:-$BUILD/logs/$kver/$(basename "$script" .sh).log}
mkdir -p "$(dirname "$log")" "$BUILD/guests" || exit 1

accel=${MDEV_ACCEL:-$(accelerator)}
[ "$arch" = "$HOST_ARCH" ] || accel=tcg,thread=multi
[ ${#icount[@]} = 0 ] || accel=tcg,thread=single cpus=1
# The kernel's messages go to one port, what SCRIPT prints to another.
read -r -a options <<<"$(arch_fact "$arch" machine)"
options+=(-chardev "file,id=console,path=$log" -chardev "stdio,id=output")
[ -z "$disk" ] || options+=(-blockdev "null-co,node-name=disk,read-zeroes=on"
	-device "virtio-blk,drive=disk")

# what runs that were killed outright have left
for file in "$BUILD"/guests/*; do
	pid=${file##*/guests/}
	pid=$(printf '%s' "$pid" | sed 's/\.work\..*//; s/.*\.//')
	[ -d "/proc/$pid" ] || rm -rf "$file"
done

qemu='' reader=''
initramfs=$BUILD/guests/$(basename "$script" .sh).$$
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	trap '' INT TERM HUP PIPE
	if [ -n "$qemu" ]; then
		kill "$qemu" 2>/dev/null
		wait "$qemu"
	fi
	[ -z "$reader" ] || kill "$reader" 2>/dev/null
	rm -rf "$initramfs" "$initramfs".work.*
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP PIPE

"$TOP/tests/guest/initramfs.sh" --kernel-root "$root" \
	${initramfs_options[@]+"${initramfs_options[@]}"} "$script" "$initramfs" || exit

# A busy machine may not run the guest for seconds: that is no fault of its
# timer, of RCU or of a task.
patience="no_timer_check rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60"
append="console=$(arch_fact "$arch" console) output=$(arch_fact "$arch" output) quiet panic=-1 log_buf_len=4M random.trust_cpu=on cryptomgr.notests $patience $append"

# make_pc: with this kernel on its disk. Only the kernel that Debian signed is
# taken, the compressed one.
make_pc() {
	local programs

	[ "$arch" = amd64 ] || die "Secure Boot is there for amd64 only"
	programs=$("$TOP/tests/roots/make.sh" secure-boot)/usr/lib || return 1
	mkdir -p "$pc/disk/EFI/"{BOOT,debian} || return 1
	cp "$programs/shim/shimx64.efi.signed" "$pc/disk/EFI/BOOT/BOOTX64.EFI" &&
		cp "$programs/shim/mmx64.efi.signed" "$pc/disk/EFI/BOOT/mmx64.efi" &&
		cp "$programs/grub/x86_64-efi-signed/grubx64.efi.signed" "$pc/disk/EFI/BOOT/grubx64.efi" &&
		cp "$root/boot/vmlinuz-$kver" "$pc/disk/vmlinuz" &&
		mv "$initramfs" "$pc/disk/initramfs" || return 1
	printf '%s\n' "linux /vmlinuz $append" "initrd /initramfs" boot >"$pc/disk/EFI/debian/grub.cfg"
	[ -e "$pc/variables" ] || cp /usr/share/OVMF/OVMF_VARS_4M.ms.fd "$pc/variables" || return 1
	rm -f "$pc"/console.{in,out}
	mkfifo "$pc"/console.{in,out}
}

# the machine's first serial port is the console
if [ -n "$pc" ]; then
	make_pc || die "the PC could not be made in $pc, see above"
	# it ends with QEMU
	cat <"$pc/console.out" >"$log" &
	reader=$!
	options=(-M q35 -chardev "pipe,id=console,path=$pc/console"
		 -serial chardev:console -serial stdio
		 -drive "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"
		 -drive "if=pflash,format=raw,file=$pc/variables"
		 -drive "if=none,id=disk,format=raw,readonly=on,file=fat:$pc/disk"
		 -device "virtio-blk-pci,drive=disk")
else
	options+=(-kernel "$kernel" -initrd "$initramfs" -append "$append")
fi

# cpu_of, in arch.sh, says why it is this CPU
timeout --foreground -k 5 "$timeout" \
	"$system" "${options[@]}" -accel "$accel" -cpu "$(cpu_of "$arch" "$accel")" \
	${icount[@]+"${icount[@]}"} -smp "$cpus" -m "$memory" \
	-nodefaults -no-user-config -no-reboot -display none \
	</dev/null &
qemu=$!
wait "$qemu"
status=$?
qemu=
if [ -n "$reader" ]; then
	# should QEMU never have opened it
	: <>"$pc/console.out"
	wait "$reader"
	reader=
fi
if [ "$status" = 124 ]; then
	say "the guest was not done within $timeout s, and was ended; MDEV_PATIENCE=$((2 * ${MDEV_PATIENCE:-1})) gives it twice as long"
elif [ "$status" != 0 ] && [ ! -s "$log" ]; then
	say "QEMU ended with status $status before the guest's kernel said anything: $system ${options[*]}"
fi
exit "$status"
