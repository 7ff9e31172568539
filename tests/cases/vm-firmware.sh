# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What runs in a VM without Linux, each with a driver of its own for serial ports:
# SeaBIOS, OVMF and the hypervisor Xen have their console on a card, and GRUB sends and
# reads a line.
# long: OVMF takes minutes in an emulated VM
# guest: nested=yes firmware=yes timeout=1200
# shellcheck source=tests/lib/vm.sh
. /lib/tests/vm.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
devices=/sys/bus/mdev/devices
card=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
# where SeaBIOS puts the card's port, which is the only one that a VM has beside the
# chipset's
port=0xc060
printed() { [ "$(statistic $card tx)" -ge "$1" ]; }

# boot OPTION…: a VM whose first serial port, the chipset's, is the file console; what it
# writes to the card is in the file trace
boot() {
	: >console
	: >trace
	start "exec qemu-system-x86_64 -M q35 -accel $vm_accel -cpu $vm_cpu -m 128 -nodefaults \
		-no-reboot -display none -serial file:console -trace vfio_region_write -D trace \
		-device vfio-pci,sysfsdev=$devices/$card $*"
}
# shellcheck disable=SC2154 # from words.sh
end() { quietly "kill $job; wait $job"; }

# sent: the characters that were written to THR, and some of the divisor's
sent() {
	sed -n 's/.*:region0+0x0, 0x\([0-9a-f]*\), 1).*/\1/p' trace | while read -r byte; do
		printf %b "\\x$byte"
	done
}

# a card that is new
new_card() {
	step "$1"
	ok "create a card" "echo $card > $types/mtty-1/create"
	ok "whose plug is $2" "echo $2 > $devices/$card/vendor/plug"
}
remove_card() { ok "remove it" "echo 1 > $devices/$card/remove"; }

load mtty

new_card "SeaBIOS" wire
printf '\140\300' >port
boot "-fw_cfg name=etc/sercon-port,file=port"
within 120 "it writes to the port" printed 100
end
contains "its name" "$(sent)" SeaBIOS
remove_card

# After 12 characters that clear its screen, GRUB has room for 4, as it sends while it
# does not read.
new_card "GRUB" flow
cat >grub.cfg <<END
serial --unit=0
serial --port=$port --speed=115200
terminal_output serial_port${port#0x}
echo 42
terminal_output serial_com0
terminal_input serial_port${port#0x}
read line
echo "There came: \$line."
halt
END
ok "make an image" "grub-mkimage -d /firmware/grub -O i386-pc -c grub.cfg -p / -o core serial terminal echo read halt"
cat /firmware/grub/lnxboot.img core >grub
boot "-kernel grub"
within 120 "it has read a line" grep -q 'There came' console
end
contains "the one that it has sent" "$(cat console)" 'There came: .*42\.'
gives 0 "no byte was lost" statistic $card lost
remove_card

# Xen tries the chip's loop mode, and speaks until it finds no first guest.
new_card "Xen" wire
boot "-kernel /firmware/xen -append 'xen com1=115200,8n1,$port,0 console=com1 noreboot'"
within 300 "it has its console on the port" printed 500
end
contains "its messages" "$(sent)" '\(XEN\) '
remove_card

# An emulated processor with KVM crashes Debian 12's QEMU, if OVMF runs there.
new_card "OVMF" wire
vm_accel=tcg vm_cpu=qemu64,cx16=off
boot "-bios /firmware/ovmf.fd"
within 600 "it has its console on the port" printed 1000
end
contains "its messages" "$(sent)" 'BdsDxe|Shell'
remove_card
