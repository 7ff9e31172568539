# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The VM inside the guest (for cases with "# guest: nested=yes"): QEMU with
# mdevs in it, Debian's kernel, busybox, lspci and setserial.

# vm_use FOLDER: what follows is about the VM whose files are in there. Without
# it there is one, in /run/vm.
vm_use() { vm_dir=$1; }
vm_use /run/vm

# vm_command UUID…: QEMU's command line; the script is packed by vm_pack
vm_command() {
	printf '%s' "$vm_machine -accel $vm_accel -cpu $vm_cpu -m $vm_memory -nodefaults" \
		" -no-reboot -display none $vm_serial -qmp pipe:$vm_dir/qmp -kernel /vm/kernel" \
		" -initrd $vm_dir/initramfs -append '$vm_append' $vm_more"
	for uuid; do
		printf '%s' " -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/$uuid$vm_card"
	done
}
# The emulated processor can do what KVM takes: a VM boots ten times faster than
# in an emulation inside the emulation.
vm_accel=tcg
modprobe -a kvm-amd kvm-intel 2>/dev/null
[ ! -c /dev/kvm ] || vm_accel=kvm
diag "VMs run with QEMU's accelerator $vm_accel"

# MiB; more options for QEMU, and for each of its cards
vm_memory=256 vm_more='' vm_card=''
case $(uname -m) in
aarch64)
	# a port on PCI, so that it is ttyS0, and the cards' are the next ones
	vm_machine="qemu-system-aarch64 -M virt" vm_cpu=cortex-a57
	vm_serial="-chardev stdio,id=ttyS0 -device pci-serial,chardev=ttyS0" ;;
*)
	# why without cx16: see cpu_of in tests/guest/arch.sh
	vm_machine="qemu-system-x86_64 -M q35" vm_cpu=qemu64,cx16=off
	[ $vm_accel = tcg ] || vm_cpu=host
	vm_serial="-serial stdio" ;;
esac
# all but the first three only save time: self-tests and the like take seconds
# in an emulated machine inside an emulated machine
vm_append="console=ttyS0 quiet watchdog_thresh=60 panic=-1 mitigations=off no_timer_check rodata=off\
 ipv6.disable=1 cryptomgr.notests initcall_blacklist=crypto_kdf108_init"

# vm_as USER: QEMU is run by an ordinary user of the guest
vm_as() { vm_user=$1; }
vm_as root

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
# /script, and /lib/tests as the guest has it
vm_pack() {
	mkdir -p "$vm_dir/add/lib"
	cp "$1" "$vm_dir/add/script"
	cp -r /lib/tests "$vm_dir/add/lib/"
	(cd "$vm_dir/add" && find . | cpio -o -H newc 2>/dev/null) >"$vm_dir/script.cpio"
	cat /vm/initramfs "$vm_dir/script.cpio" >"$vm_dir/initramfs"
}

# vm_start SCRIPT UUID…: boot it and leave it running; vm_wait waits for its end.
# What it prints goes to the log in its folder, and is shown as it comes.
vm_start() {
	vm_pack "$1"
	shift
	: >"$vm_dir/log"
	: >"$vm_dir/qmp.log"
	rm -f "$vm_dir/status" "$vm_dir/in" "$vm_dir/qmp.in" "$vm_dir/qmp.out"
	mkfifo "$vm_dir/in" "$vm_dir/qmp.in" "$vm_dir/qmp.out"
	# what QEMU says on its monitor; the end comes with QEMU's
	cat <>"$vm_dir/qmp.out" >"$vm_dir/qmp.log" &
	echo $! >"$vm_dir/qmp.reader"
	echo 0 >"$vm_dir/qmp.id"
	vm_qemu="$(vm_command "$@")"
	vm_says "\$ $vm_qemu"
	echo "exec $vm_qemu" >"$vm_dir/command"
	chown -R "$vm_user" "$vm_dir"
	# for reading and writing, or QEMU would see the end of its input
	{
		exec su -s /bin/sh "$vm_user" -c ". $vm_dir/command" <>"$vm_dir/in" 2>&1 &
		echo $! >"$vm_dir/pid"
		wait $!
		echo $? >"$vm_dir/status"
	} | tr -d '\r' | while IFS= read -r line; do
		printf '%s\n' "$line" >>"$vm_dir/log"
		vm_says "$line"
	done &
	echo $! >"$vm_dir/reader"
}

# vm_wait_for REGEX SECONDS: until the VM has printed such a line
# shellcheck disable=SC2154 # slow: that of tap.sh
vm_wait_for() {
	vm_until=$(($(cut -d. -f1 /proc/uptime) + $2 * slow))
	until grep -qE -e "$1" "$vm_dir/log"; do
		if [ -e "$vm_dir/status" ] || [ "$(cut -d. -f1 /proc/uptime)" -ge $vm_until ]; then
			grep -qE -e "$1" "$vm_dir/log" && return
			[ ! -e "$vm_dir/status" ] || echo "QEMU has ended, with status $(cat "$vm_dir/status"): $(tail -n 1 "$vm_dir/qmp.log")" >&2
			return 1
		fi
		usleep 100000
	done
}

# vm_tell TEXT: a line for the VM's script to read from its console
vm_tell() { printf '%s\n' "$*" 1<>"$vm_dir/in"; }

# vm_qmp_wait REGEX SECONDS LINE: until QEMU's monitor has said such a line, from
# this line of its log on; prints it
vm_qmp_wait() {
	read -r vm_until _ </proc/uptime
	vm_until=$((${vm_until%.*} + $2 * slow))
	until tail -n "+$3" "$vm_dir/qmp.log" | grep -E -e "$1"; do
		read -r vm_now _ </proc/uptime
		if [ -e "$vm_dir/status" ] || [ "${vm_now%.*}" -ge $vm_until ]; then
			echo "QEMU's monitor has not said: $1" >&2
			return 1
		fi
		usleep 100000
	done
}

# vm_qmp_next: the line of its log that comes next
vm_qmp_next() { echo $(($(wc -l <"$vm_dir/qmp.log") + 1)); }

# vm_qmp_send COMMAND: with the next id; prints the answer
vm_qmp_send() {
	vm_qmp_id=$(($(cat "$vm_dir/qmp.id") + 1))
	echo $vm_qmp_id >"$vm_dir/qmp.id"
	vm_from=$(vm_qmp_next)
	# opened like this it does not wait for QEMU, should that have gone
	printf '%s,"id":%s}\n' "${1%\}}" $vm_qmp_id 1<>"$vm_dir/qmp.in"
	vm_qmp_wait "\"id\": ${vm_qmp_id}[,}]" 240 "$vm_from" >"$vm_dir/answer" || return 1
	if grep -q '"error": ' "$vm_dir/answer"; then
		cat "$vm_dir/answer" >&2
		return 1
	fi
	cat "$vm_dir/answer"
}

# vm_qmp COMMAND: a command for QEMU's monitor, in JSON; prints the answer,
# fails if that is an error
vm_qmp() {
	if [ "$(cat "$vm_dir/qmp.id")" = 0 ]; then
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
	wait "$(cat "$vm_dir/reader")"
	vm_closed
	sed -n 's/^@end \([0-9]*\)$/\1/p' "$vm_dir/log" | grep -qx 0
}

# vm_again REGEX SECONDS SCRIPT UUID…: if the VM ended before it printed such a line,
# though QEMU did nothing wrong, boot it once more, and wait for the line. In an
# emulated processor a VM of KVM's is now and then reset, or finds its stack broken, in
# the middle of anything. What is wrong with a card shows again.
vm_again() {
	[ "$vm_accel-$(cat "$vm_dir/status" 2>/dev/null)" = kvm-0 ] || return 1
	vm_wait
	skip "with KVM" "the VM ended by itself: $(grep -o '"reason": "[a-z-]*"' "$vm_dir/qmp.log" | tail -n 1); once more"
	vm_line=$1 vm_seconds=$2
	shift 2
	vm_start "$@"
	vm_wait_for "$vm_line" "$vm_seconds"
}

# vm_kill: end QEMU at once
vm_kill() {
	kill -9 "$(cat "$vm_dir/pid")"
	wait "$(cat "$vm_dir/reader")"
	vm_closed
}

# vm_closed: after QEMU has ended
vm_closed() { kill "$(cat "$vm_dir/qmp.reader")"; }

# vm_run SCRIPT UUID…: boot it, and wait for its end
vm_run() {
	vm_start "$@"
	vm_wait
}
