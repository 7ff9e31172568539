# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The tracepoints: each tells what happened to which device, and how it ended.
# guest: memory=256M

types=/sys/class/mdev_bus/mtty/mdev_supported_types
tracefs=/sys/kernel/tracing
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

if ! grep -qw tracefs /proc/filesystems; then
	skip "tracepoints" "this kernel has no tracing: tracefs is not in /proc/filesystems"
	exit 0
fi
load mdev_test
[ -d $tracefs/events ] || ok "mount tracefs" mount -t tracefs tracefs $tracefs
ok "switch on all events of the core" "echo 1 > $tracefs/events/mdev/enable"
ok "and of the bridge" "echo 1 > $tracefs/events/vfio_mdev/enable"

# traced EVENT REST…: such an event, with this after its name; in the order in
# which they are asked for
traced() {
	event=$1
	shift
	contains "$event is there" "$(sed "1,${line}d" /run/case/trace)" " $event: $*\$"
	found=$(sed "1,${line}d" /run/case/trace | grep -nE " $event: $*\$" | head -n 1 | cut -d: -f1)
	line=$((line + ${found:-0}))
}

# look: take what has been traced until now
look() {
	cat $tracefs/trace >/run/case/trace
	: >$tracefs/trace
	run grep -v '^#' /run/case/trace
	line=0
}

step "A device's life"
ok "the parent's driver loads" modprobe mtty
ok "create" "echo $uuid > $types/mtty-2/create"
gives success "open and close" vfio-client open $uuid
ok "remove" "echo 1 > $mdev/remove"
ok "the parent's driver unloads" rmmod mtty
look
device="uuid=$uuid parent=mtty type=mtty-2"
traced mdev_register "parent=mtty result=0"
traced vfio_mdev_probe "uuid=$uuid parent=mtty result=0"
traced mdev_bind "$device result=0"
traced mdev_create "$device result=0"
traced mdev_open "$device result=0"
traced vfio_mdev_open "uuid=$uuid parent=mtty result=0"
traced vfio_mdev_close "uuid=$uuid parent=mtty result=0"
traced mdev_close "$device result=0"
traced vfio_mdev_remove "uuid=$uuid parent=mtty result=0"
traced mdev_remove "$device result=0"
traced mdev_unregister "parent=mtty result=0"

types=/sys/class/mdev_bus/mdev_test0/mdev_supported_types
parent=/sys/devices/virtual/mdev_test/mdev_test0
set=/sys/module/mdev_test/parameters
device="uuid=$uuid parent=mdev_test0 type=mdev_test-a"

step "What fails"
run "echo 28 > $set/create_error"
fails_with ENOSPC "create" "echo $uuid > $types/mdev_test-a/create"
run "echo 0 > $set/create_error"
ok "create" "echo $uuid > $types/mdev_test-a/create"
fails_with EEXIST "create it again" "echo $uuid > $types/mdev_test-a/create"
run "echo 5 > $set/open_error"
fails "open" vfio-client open $uuid
run "echo 0 > $set/open_error; echo 13 > $set/remove_error"
fails_with EACCES "remove" "echo 1 > $mdev/remove"
run "echo 0 > $set/remove_error"
hold $uuid
fails_with EBUSY "remove it while it is in use" "echo 1 > $mdev/remove"
let_go
fails_with EEXIST "register the parent twice" "echo 2 > $parent/register"
ok "unregister the parent" "echo 0 > $parent/register"
look
traced mdev_create "$device result=-28"
traced mdev_create "$device result=0"
traced mdev_create "$device result=-17"
traced mdev_open "$device result=0"
traced vfio_mdev_open "uuid=$uuid parent=mdev_test0 result=-5"
traced mdev_remove "$device result=-13"
traced mdev_request "$device result=-16"
traced mdev_register "parent=mdev_test0 result=-17"
traced mdev_remove "$device result=0"
traced mdev_unregister "parent=mdev_test0 result=0"

step "Switched off"
ok "switch off" "echo 0 > $tracefs/events/enable"
ok "the parent comes back" "echo 1 > $parent/register"
gives 0 "nothing is traced" "grep -c mdev_register $tracefs/trace || :"
settle
ok "all modules unload" "rmmod mdev_test && rmmod vfio_mdev && rmmod mdev"
