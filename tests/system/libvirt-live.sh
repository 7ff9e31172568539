# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# libvirt moves a running domain to another libvirt, which takes itself for another
# host: see docs/migration.md.
# shellcheck source=tests/lib/system.sh
. ./system.sh

second=/var/lib/second
there="qemu+unix:///system?socket=$second/run/libvirt-sock"
pid_file=/run/second-libvirtd.pid

# The devices here, and those there
here_a=83b8f4f2-509f-382f-3c1e-e6bfe0fa1011
here_b=83b8f4f2-509f-382f-3c1e-e6bfe0fa1012
there_a=83b8f4f2-509f-382f-3c1e-e6bfe0fa1013
there_b=83b8f4f2-509f-382f-3c1e-e6bfe0fa1014

if ! qemu-system-x86_64 -device vfio-pci,help | grep -q '^ *enable-migration='; then
	skip "live migration" "this QEMU has no enable-migration"
	exit 0
fi

# second_libvirt: one with folders, a name and an identity of its own. Both are without
# AppArmor: on one host the domain's profile would be the same one for both.
second_libvirt() {
	rm -rf $second
	mkdir -p $second/lib $second/run
	cp -a /etc/libvirt $second/etc
	rm -rf $second/etc/qemu/*
	echo 'host_uuid = "83b8f4f2-509f-382f-3c1e-e6bfe0fa1010"' >>$second/etc/libvirtd.conf
	# virtlogd is the first one's
	echo 'stdio_handler = "file"' >>$second/etc/qemu.conf
	mkdir -p $second/lib/images
	cp $check/vm/* $second/lib/images/
	unshare --mount --uts sh -c "
		mount --bind $second/lib /var/lib/libvirt
		mount --bind $second/run /run/libvirt
		mount --bind $second/etc /etc/libvirt
		hostname second
		exec /usr/sbin/libvirtd --pid-file $pid_file" >$check/second.log 2>&1 &
}

step "Two libvirts"
cp $check/vm/* /var/lib/libvirt/images/
cp /etc/libvirt/qemu.conf $check/qemu.conf
echo 'security_driver = "none"' >>/etc/libvirt/qemu.conf
ok "the first one is restarted" systemctl restart libvirtd
second_libvirt
within 120 "the second one is there" "virsh -c '$there' version" || cat $check/second.log
gives second "it takes itself for another host" "virsh -c '$there' hostname"

step "A domain with two cards"
ok "the driver is loaded" modprobe mtty
for device in $here_a $here_b $there_a $there_b; do
	ok "a device" "echo $device > $parents/mtty/mdev_supported_types/mtty-2/create"
done
domain $here_a $here_b >$check/domain.xml
movable $check/domain.xml >$check/movable.xml
ok "define it" virsh define $check/movable.xml
# systemd has one name for a domain's number and name: the second libvirt begins at 1, too
ok "start it, stopped" virsh start --paused mtty
ok "and end it" virsh destroy mtty
domain_starts

step "Moved while it runs"
ok "its description" "virsh dumpxml --migratable mtty > $check/here.xml"
sed "s/$here_a/$there_a/; s/$here_b/$there_b/" $check/here.xml >$check/there.xml
ok "move it" virsh migrate --live --verbose mtty "$there" --migrateuri tcp://127.0.0.1:49160 --xml $check/there.xml
gives running "it runs there" "virsh -c '$there' domstate mtty | grep ."
gives "shut off" "and not here" "virsh domstate mtty | grep ."
domain_goes_on
for device in $here_a $here_b; do
	ok "a device here is free" "echo 1 > /sys/bus/mdev/devices/$device/remove"
done

step "To a device of another type"
ok "one with one port" "echo $here_a > $parents/mtty/mdev_supported_types/mtty-1/create"
ok "and one with two" "echo $here_b > $parents/mtty/mdev_supported_types/mtty-2/create"
fails "move it back" virsh -c "$there" migrate --live mtty qemu:///system --migrateuri tcp://127.0.0.1:49161 --xml $check/here.xml
gives running "it still runs there" "virsh -c '$there' domstate mtty | grep ."
domain_goes_on

step "And back"
ok "the right one in its place" "echo 1 > /sys/bus/mdev/devices/$here_a/remove && echo $here_a > $parents/mtty/mdev_supported_types/mtty-2/create"
ok "move it back" virsh -c "$there" migrate --live mtty qemu:///system --migrateuri tcp://127.0.0.1:49162 --xml $check/here.xml
gives running "it runs here" "virsh domstate mtty | grep ."
domain_goes_on
domain_ends

step "As it was"
ok "the second libvirt ends" "kill $(cat $pid_file)"
ok "undefine the domain" virsh undefine mtty
for device in $here_a $here_b $there_a $there_b; do
	within 60 "a device goes" "echo 1 > /sys/bus/mdev/devices/$device/remove"
done
cp $check/qemu.conf /etc/libvirt/qemu.conf
ok "the first libvirt is restarted" systemctl restart libvirtd
