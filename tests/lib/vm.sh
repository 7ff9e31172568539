# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The VM inside the guest (for cases with "# guest: nested=yes"): QEMU with
# mdevs in it, Debian's kernel, busybox, lspci and setserial.

# vm_command UUID…: QEMU's command line; the script is packed by vm_pack
vm_command() {
	printf '%s' "$vm_machine -accel tcg -cpu $vm_cpu -m 256 -nodefaults" \
		" -no-reboot -display none $vm_serial -kernel /vm/kernel" \
		" -initrd /run/vm/initramfs -append '$vm_append'"
	for uuid; do
		printf '%s' " -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/$uuid"
	done
}
case $(uname -m) in
aarch64)
	# a port on PCI, so that it is ttyS0, and the cards' are the next ones
	vm_machine="qemu-system-aarch64 -M virt" vm_cpu=cortex-a57
	vm_serial="-chardev stdio,id=ttyS0 -device pci-serial,chardev=ttyS0" ;;
*)
	vm_machine="qemu-system-x86_64 -M pc" vm_cpu=qemu64
	vm_serial="-serial stdio" ;;
esac
# all but the first three only save time: self-tests and the like take seconds
# in an emulated machine inside an emulated machine
vm_append="console=ttyS0 quiet watchdog_thresh=60 panic=-1 mitigations=off no_timer_check rodata=off\
 ipv6.disable=1 cryptomgr.notests initcall_blacklist=crypto_kdf108_init"

# vm_pack SCRIPT: the VM's initramfs, with the script that it is to run as
# /script, and tests/lib as /lib/tests
vm_pack() {
	mkdir -p /run/vm/add/lib
	cp "$1" /run/vm/add/script
	cp -r /lib/tests /run/vm/add/lib/
	(cd /run/vm/add && find . | cpio -o -H newc 2>/dev/null) >/run/vm/script.cpio
	cat /vm/initramfs /run/vm/script.cpio >/run/vm/initramfs
}

# vm_start SCRIPT UUID…: boot it and leave it running; vm_wait waits for its end.
# What it prints goes to /run/vm/log, and is shown as it comes.
vm_start() {
	vm_pack "$1"
	shift
	: >/run/vm/log
	rm -f /run/vm/status /run/vm/in
	mkfifo /run/vm/in
	# the writing end stays open, or QEMU would see the end of its input
	exec 8<>/run/vm/in
	vm_qemu="$(vm_command "$@")"
	vm_says "\$ $vm_qemu"
	{
		eval "exec $vm_qemu" </run/vm/in 2>&1 &
		echo $! >/run/vm/pid
		wait $!
		echo $? >/run/vm/status
	} 8>&- | tr -d '\r' | while IFS= read -r line; do
		printf '%s\n' "$line" >>/run/vm/log
		vm_says "$line"
	done &
	vm_reader=$!
}

# vm_wait_for REGEX SECONDS: until the VM has printed such a line
vm_wait_for() {
	vm_until=$(($(cut -d. -f1 /proc/uptime) + $2))
	until grep -qE -e "$1" /run/vm/log; do
		if [ -e /run/vm/status ] || [ "$(cut -d. -f1 /proc/uptime)" -ge $vm_until ]; then
			grep -qE -e "$1" /run/vm/log
			return
		fi
		usleep 100000
	done
}

# vm_tell TEXT: a line for the VM's script to read from its console
vm_tell() { printf '%s\n' "$*" >&8; }

# vm_wait: until the VM has ended; the status of the script in it
vm_wait() {
	wait "$vm_reader"
	exec 8>&-
	sed -n 's/^@end \([0-9]*\)$/\1/p' /run/vm/log | grep -qx 0
}

# vm_kill: end QEMU at once
vm_kill() {
	kill -9 "$(cat /run/vm/pid)"
	wait "$vm_reader"
	exec 8>&-
}

# vm_run SCRIPT UUID…: boot it, and wait for its end
vm_run() {
	vm_start "$@"
	vm_wait
}
