# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Words for the topics in tests/system/, beside those of tests/lib/tap.sh.

# shellcheck source=tests/lib/tap.sh
. ./tap.sh

# busybox has it, and tap.sh takes it
usleep() { sleep 0.1; }

# shellcheck disable=SC2034 # the topics use them
{
check=/run/check
# the device that mdevctl makes, and libvirt's
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
libvirts_uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
sims_uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1003
# the domain's, which can be defined anew
domains_uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1009
parents=/sys/class/mdev_bus
# of the simulated card that is a PCI function, and its name in libvirt
sims_address=ff00:00:00.0
sims_node=pci_ff00_00_00_0
# and of another one
other_sims_address=ff01:00:00.0
# what the domain's VM says
console=/var/log/libvirt/qemu/mtty-console.log
}

# What the emulation of QEMU's and libvirt's own defaults has trouble with, inside
# an emulated machine: cmpxchg16b (see tests/guest/arch.sh), and the interrupts of
# the machine "pc" (see tests/lib/vm.sh).
vm_append="console=ttyS0 quiet panic=-1 clearcpuid=cx16 acpi=noirq noapic"

# plain TEXT: as a regular expression that matches just that; the names of
# Debian's kernels may have a plus
plain() { echo "$1" | sed 's/[.+]/\\&/g'; }

# modules_are_ours DRIVER: it, the core and the bridge are those that dkms built
# for this kernel
modules_are_ours() {
	for module in mdev vfio_mdev "$1"; do
		gives "$(modinfo -F srcversion -k "$(uname -r)" "$module")" "the $module that is loaded is dkms'" \
			cat "/sys/module/$module/srcversion"
		shows "^/lib/modules/$(plain "$(uname -r)")/updates/dkms/$module\.ko" \
			"it is in the folder updates" modinfo -n "$module"
	done
}

# vm_sees_ports DESCRIPTION LOG: what a VM printed shows that it has used both
# ports of its card
vm_sees_ports() {
	log=$(tr -d '\r' <"$2")
	contains "$1 sees the card" "$log" 'Serial controller: Device 4348:3253'
	contains "its kernel has ttyS1 on it" "$log" 'ttyS1 at I/O 0x[0-9a-f]+ .*is a 16550A'
	contains "and ttyS2" "$log" 'ttyS2 at I/O 0x[0-9a-f]+ .*is a 16550A'
	contains "text sent to ttyS1 comes back" "$log" '^ttyS1 says: first port$'
	contains "text sent to ttyS2 comes back" "$log" '^ttyS2 says: second port$'
}

# users_vm UUID: QEMU as the ordinary user "tester"
users_vm() {
	cat >$check/user.sh <<-END
	exec timeout 900 qemu-system-x86_64 -M pc -accel tcg -cpu qemu64 -m 256 -nodefaults \\
		-no-reboot -display none -serial stdio -append "$vm_append check.end" \\
		-kernel $check/vm/kernel -initrd $check/vm/initramfs \\
		-device vfio-pci,sysfsdev=/sys/bus/mdev/devices/$1
	END
	runuser -l tester -c "sh $check/user.sh"
}

# name_of UUID: how a device's name in libvirt begins; the parent's follows
name_of() { echo "mdev_$1" | tr - _; }

# nodedev UUID [--inactive]: that name
nodedev() { virsh nodedev-list --cap mdev ${2:+"$2"} | grep "^$(name_of "$1")"; }

# describe UUID [PARENT TYPE]: a device, of mtty with two ports
describe() {
	cat <<-END
	<device>
	  <parent>${2:-mtty_mtty}</parent>
	  <capability type='mdev'>
	    <type id='${3:-mtty-2}'/>
	    <uuid>$1</uuid>
	  </capability>
	</device>
	END
}

# domain UUID…: a domain that has these devices
domain() {
	cat <<-END
	<domain type='qemu'>
	  <name>mtty</name>
	  <uuid>$domains_uuid</uuid>
	  <memory unit='MiB'>256</memory>
	  <os>
	    <type arch='x86_64' machine='pc'>hvm</type>
	    <kernel>/var/lib/libvirt/images/kernel</kernel>
	    <initrd>/var/lib/libvirt/images/initramfs</initrd>
	    <cmdline>$vm_append</cmdline>
	  </os>
	  <features><acpi/></features>
	  <devices>
	    <serial type='file'><source path='$console' append='on'/></serial>
	END
	for device; do
		cat <<-END
		    <hostdev mode='subsystem' type='mdev' model='vfio-pci'>
		      <source><address uuid='$device'/></source>
		    </hostdev>
		END
	done
	printf '  </devices>\n</domain>\n'
}

# movable FILE: the domain in it, whose two devices may be saved: see docs/migration.md
movable() {
	sed "s,^<domain ,&xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' ,; /^<\/domain>/d" "$1"
	echo "  <qemu:override>"
	for alias in hostdev0 hostdev1; do
		cat <<-END
		    <qemu:device alias='$alias'>
		      <qemu:frontend>
		        <qemu:property name='enable-migration' type='string' value='on'/>
		      </qemu:frontend>
		    </qemu:device>
		END
	done
	printf '  </qemu:override>\n</domain>\n'
}

# domain_starts: that domain, and its VM uses the ports
domain_starts() {
	rm -f $console
	ok "it starts" virsh start mtty
	gives running "it runs" "virsh domstate mtty | grep ."
	gives libvirt-qemu "as libvirt's own user" "stat -c %U /proc/\$(pidof qemu-system-x86_64)"
	within 900 "the VM has done its work" "grep -q '^@done' $console"
	vm_sees_ports "the domain's VM" $console
}

# domain_goes_on: what its VM sends through ttyS1 comes back, again and again
domain_goes_on() {
	round=$(grep -c '^ttyS1 says: round ' $console)
	within 300 "what is sent in the VM comes back" "grep '^ttyS1 says: round $((round + 2))' $console"
}

# domain_ends
domain_ends() {
	ok "destroy it" virsh destroy mtty
	gives "shut off" "it has ended" "virsh domstate mtty | grep ."
}
