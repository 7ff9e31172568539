# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The VM inside the guest (for cases with "# guest: nested=yes"): QEMU with
# mdevs in it, Debian's kernel, busybox, lspci and setserial.

# vm_command UUID…: QEMU's command line; the script is packed by vm_pack
vm_command() {
	printf '%s' "$vm_machine -accel tcg -cpu $vm_cpu -m 256 -nodefaults" \
		" -no-reboot -display none $vm_serial -qmp pipe:/run/vm/qmp -kernel /vm/kernel" \
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
	# why without cx16: see scripts/guest.sh
	vm_machine="qemu-system-x86_64 -M q35" vm_cpu=qemu64,cx16=off
	vm_serial="-serial stdio" ;;
esac
# all but the first three only save time: self-tests and the like take seconds
# in an emulated machine inside an emulated machine
vm_append="console=ttyS0 quiet watchdog_thresh=60 panic=-1 mitigations=off no_timer_check rodata=off\
 ipv6.disable=1 cryptomgr.notests initcall_blacklist=crypto_kdf108_init"

# vm_with_hotplug: cards can be put into the VM, and taken out, while it runs,
# for which q35 has no room on its root bus (nor has "virt", which stays). The
# ACPI tables of "pc" work out the cards' interrupts in a loop, which Linux
# breaks off after half a minute; on a busy machine the cards had none then. The
# BIOS has a table as well.
vm_with_hotplug() {
	[ "$(uname -m)" = x86_64 ] || return 0
	vm_machine="qemu-system-x86_64 -M pc"
	vm_append="$vm_append acpi=noirq noapic"
}

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
	: >/run/vm/qmp.log
	rm -f /run/vm/status /run/vm/in /run/vm/qmp.in /run/vm/qmp.out
	mkfifo /run/vm/in /run/vm/qmp.in /run/vm/qmp.out
	# what QEMU says on its monitor; the end comes with QEMU's
	cat <>/run/vm/qmp.out >/run/vm/qmp.log &
	vm_qmp_reader=$!
	vm_qmp_id=0
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

# vm_qmp_wait REGEX SECONDS LINE: until QEMU's monitor has said such a line, from
# this line of its log on; prints it
vm_qmp_wait() {
	read -r vm_until _ </proc/uptime
	vm_until=$((${vm_until%.*} + $2))
	until tail -n "+$3" /run/vm/qmp.log | grep -E -e "$1"; do
		read -r vm_now _ </proc/uptime
		if [ -e /run/vm/status ] || [ "${vm_now%.*}" -ge $vm_until ]; then
			echo "QEMU's monitor has not said: $1" >&2
			return 1
		fi
		usleep 100000
	done
}

# vm_qmp_next: the line of its log that comes next
vm_qmp_next() { echo $(($(wc -l </run/vm/qmp.log) + 1)); }

# vm_qmp_send COMMAND: with the next id; prints the answer
vm_qmp_send() {
	vm_qmp_id=$((vm_qmp_id + 1))
	vm_from=$(vm_qmp_next)
	# opened like this it does not wait for QEMU, should that have gone
	printf '%s,"id":%s}\n' "${1%\}}" $vm_qmp_id 1<>/run/vm/qmp.in
	vm_qmp_wait "\"id\": ${vm_qmp_id}[,}]" 240 "$vm_from" >/run/vm/answer || return 1
	if grep -q '"error": ' /run/vm/answer; then
		cat /run/vm/answer >&2
		return 1
	fi
	cat /run/vm/answer
}

# vm_qmp COMMAND: a command for QEMU's monitor, in JSON; prints the answer,
# fails if that is an error
vm_qmp() {
	if [ "$vm_qmp_id" = 0 ]; then
		vm_qmp_wait '"QMP"' 60 1 >/dev/null &&
			vm_qmp_send '{"execute":"qmp_capabilities"}' >/dev/null || return 1
	fi
	vm_qmp_send "$1"
}

# vm_plug UUID: into the running VM
vm_plug() {
	vm_qmp "{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"vfio-pci\",\"id\":\"mdev-$1\",\"sysfsdev\":\"/sys/bus/mdev/devices/$1\"}}"
}

# vm_unplug UUID…: ask the VM to let go of what vm_plug gave it, of all at once,
# and wait until it has, and QEMU has said that they are gone
vm_unplug() {
	vm_unplugged=$(vm_qmp_next)
	for uuid; do
		vm_qmp "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"mdev-$uuid\"}}" || return 1
	done
	for uuid; do
		vm_qmp_wait "\"DEVICE_DELETED\".*\"device\": \"mdev-$uuid\"" 240 "$vm_unplugged" || return 1
	done
}

# vm_wait: until the VM has ended; the status of the script in it
vm_wait() {
	wait "$vm_reader"
	vm_closed
	sed -n 's/^@end \([0-9]*\)$/\1/p' /run/vm/log | grep -qx 0
}

# vm_kill: end QEMU at once
vm_kill() {
	kill -9 "$(cat /run/vm/pid)"
	wait "$vm_reader"
	vm_closed
}

# vm_closed: after QEMU has ended
vm_closed() {
	exec 8>&-
	kill "$vm_qmp_reader"
}

# vm_run SCRIPT UUID…: boot it, and wait for its end
vm_run() {
	vm_start "$@"
	vm_wait
}
