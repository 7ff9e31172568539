# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# The driver API used wrongly: each mistake is refused with the error that
# include/linux/mdev.h gives it, the log says which it was, and nothing is left
# behind. And what is unusual, but allowed.
# guest: memory=256M

parent=/sys/devices/platform/mdev_misuse_test
types=$parent/mdev_supported_types
spare=/sys/devices/mdev_misuse_spare
drivers=/sys/bus/mdev/drivers
misuse=/sys/module/mdev_misuse_test/parameters
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
mdev=/sys/bus/mdev/devices/$uuid

load mdev_misuse_test

# create TYPE
create() { ok "create one" "echo $uuid > $types/mdev_misuse_test-$1/create"; }
# last_words: the last line of the log, but for what a kernel tells of its kobjects, or
# of a slow machine
last_words() { dmesg | grep -vE ' kobject: | hrtimer: interrupt took ' | tail -n 1; }
# leaves NAME TITLE: a driver; its folder goes later where the kernel delays
# releases, and until then the name is taken
leaves() {
	ok "$2" "echo -$1 > $misuse/do"
	within 30 "its folder is gone" "[ ! -e $drivers/misuse_$1 ]"
}
# remove_it: the device
remove_it() { ok "remove it" "echo 1 > $mdev/remove"; }

step "A parent that can't be one"
# no_parent ERRNO WHAT DESCRIPTION REGEX: the log says REGEX, a second time only
# if there are two of that kind
files=$(ls $spare)
no_parent() {
	fails_with "$1" "$3" "echo register-$2 > $misuse/do"
	is "the last line of the log says why" \
		"$(last_words | grep -cE "MDEV: can't register a parent.*: $4\$")" 1
	gives "$files" "nothing is left of it" ls $spare
	fails "nor a link" "ls /sys/class/mdev_bus/mdev_misuse_spare"
}
no_parent EINVAL nothing "no device" "no device that is registered with the driver core"
no_parent EINVAL unknown-device "one that the driver core does not know" "no device that is registered with the driver core"
no_parent EINVAL without-ops "no ops" "no ops"
no_parent EINVAL without-create "no create()" "create\(\) or remove\(\) is missing"
no_parent EINVAL without-remove "no remove()" "create\(\) or remove\(\) is missing"
no_parent EINVAL without-types "no list of types" "supported_type_groups is missing"
no_parent EINVAL nameless-type "a type without name" "a type has no name"
no_parent EINVAL bare-type "a type without attributes" "a type has no attributes"
no_parent EINVAL twin-types "two types of one name" "two types have the same name"
no_parent EINVAL create-attribute "a type with a file of the core's name" "a type has an attribute named create or devices"
no_parent EEXIST again "one that is a parent" "already registered.*"
ok "that one is as it was" ls $types/mdev_misuse_test-default/create
ok "to unregister what was never registered" "echo unregister-spare > $misuse/do"
logged "mdev_misuse_spare: MDEV: can.t unregister: it is not registered as a parent" "is told"

step "A parent without driver, bus and class"
ok "can be one" "echo register-spare > $misuse/do"
ok "its types have no driver's name before theirs" ls $spare/mdev_supported_types/-default/create
ok "it goes" "echo unregister-spare > $misuse/do"
gives "$files" "nothing is left of it" ls $spare
ok "an empty list of types is one" "echo register-no-types > $misuse/do"
gives "" "there is none" ls $spare/mdev_supported_types
ok "it goes" "echo unregister-spare > $misuse/do"
gives "$files" "nothing is left of it" ls $spare

step "Two parents of one name"
ok "another can come, and go" "echo namesake > $misuse/do"
logged "mdev_misuse_test: MDEV: another parent has this name in /sys/class/mdev_bus" "it is told"
shows '/platform/mdev_misuse_test$' "that place is still the first one's" readlink /sys/class/mdev_bus/mdev_misuse_test

step "mdev_set_class() with nothing"
# refused ERRNO TYPE REGEX DESCRIPTION
refused() {
	fails_with "$1" "$4" "echo $uuid > $types/mdev_misuse_test-$2/create"
	logged "MDEV: mdev_set_class\\(\\) for $uuid: $3" "the log says why"
	fails "there is no device" "ls $mdev"
}
refused EINVAL zero "there is no class 0" "class 0"
refused EINVAL no-ops "there are no ops" "no ops"
refused EEXIST twice "it has a class already" "a second class"

step "mdev_set_class() twice, and the driver does not mind"
create twice-ignored
gives -17 "it was told" cat $misuse/result
shows '/vfio_mdev$' "the first class stays" readlink $mdev/driver
gives success "and can be used" vfio-client open $uuid
remove_it

step "mdev_set_class() too late"
run "dmesg -c >/dev/null"
create late
for time in first second third; do
	gives "EBUSY (VFIO_GROUP_GET_DEVICE_FD)" "in open(), the $time time" "vfio-client open $uuid || :"
done
gives -16 "it was told" cat $misuse/result
gives 1 "a user can make the log say so once only" "dmesg | grep -c 'mdev_set_class.*only create() may call it'"
shows '/vfio_mdev$' "the class stays" readlink $mdev/driver
run "echo 0 > $misuse/result"
remove_it
gives -16 "in remove(), too" cat $misuse/result
gives 1 "the log has said it already" "dmesg | grep -c 'mdev_set_class.*only create() may call it'"

step "Ops that are all missing"
create empty
gives success "it can be opened" vfio-client open $uuid
shows '^fuzz: [0-9]+ calls, ' "whatever else a user does, nothing comes of it" vfio-client fuzz $uuid 500 1
remove_it

step "A class that nobody knows"
create unknown
within 20 "udev hears of it" "grep '^add .*/$uuid MODALIAS=mdev:cBEEF$' /run/uevents"
fails "no driver takes the device" "ls $mdev/driver"
fails "nor can it be given to the bridge" "echo $uuid > $drivers/vfio_mdev/bind"
ok "a driver comes that knows it" "echo +two > $misuse/do"
shows '/misuse_two$' "it takes the device" readlink $mdev/driver
gives "misuse_two first" "and has its ops" cat $misuse/seen
remove_it
leaves two "the driver goes"

step "Two drivers for a class, and different ops in it"
ok "one" "echo +one > $misuse/do"
ok "two" "echo +two > $misuse/do"
create first
shows '/misuse_one$' "the first to come has it" readlink $mdev/driver
gives "misuse_one first" "with the ops of the device" cat $misuse/seen
ok "unbind it" "echo $uuid > $drivers/misuse_one/unbind"
ok "give it to the other one" "echo $uuid > $drivers/misuse_two/bind"
gives "misuse_two first" "the ops are the same" cat $misuse/seen
remove_it
create second
gives "misuse_one second" "another device has other ops" cat $misuse/seen
leaves one "the first driver goes"
fails "the device has no driver" "ls $mdev/driver"
ok "it can be given to the other one" "echo $uuid > $drivers/misuse_two/bind"
gives "misuse_two second" "with its ops" cat $misuse/seen
leaves two "that goes, too"
ok "it comes back" "echo +one > $misuse/do"
gives "misuse_one second" "and finds the device" cat $misuse/seen

step "A bus driver lets users in"
ok "one" "echo open > $misuse/do"
ok "two" "echo open > $misuse/do"
fails_with EBUSY "nobody can remove the device" "echo 1 > $mdev/remove"
shows '^mdev_misuse_test [0-9]+ [2-9] ' "the parent's module is pinned" "cat /proc/modules"
ok "one goes" "echo close > $misuse/do"
fails_with EBUSY "there is still one" "echo 1 > $mdev/remove"
ok "the other one" "echo close > $misuse/do"
run "echo 1 > $misuse/in_use"
fails_with EBUSY "a user whom only the bus driver knows of" "echo 1 > $mdev/remove"
run "echo 0 > $misuse/in_use"
remove_it
ok "the driver goes" "echo -one > $misuse/do"

step "A driver without table of classes"
ok "comes" "echo +plain > $misuse/do"
create default
shows '/vfio_mdev$' "the bridge was first" readlink $mdev/driver
ok "unbind it" "echo $uuid > $drivers/vfio_mdev/unbind"
ok "give it to the other one" "echo $uuid > $drivers/misuse_plain/bind"
gives "misuse_plain ops" "it is for class VFIO, too" cat $misuse/seen
fails_with EBUSY "a second time it can't be registered" "echo +plain > $misuse/do"
logged "MDEV: the driver misuse_plain is registered already" "the log says so"
shows '/misuse_plain$' "the first time stays" readlink $mdev/driver
ok "the driver goes, which has no remove()" "echo -plain > $misuse/do"
fails "the device has no driver" "ls $mdev/driver"
ok "the bridge can have it" "echo $uuid > $drivers/vfio_mdev/bind"
gives success "and serves it" vfio-client open $uuid
remove_it

step "A driver that can't be one"
names=$(ls $drivers)
# no_driver ERRNO NAME REGEX DESCRIPTION
no_driver() {
	fails_with "$1" "$4" "echo +$2 > $misuse/do"
	logged "$3" "the log says why"
	gives "$names" "it is not there" ls $drivers
	ok "to unregister it after that" "echo -$2 > $misuse/do"
	shows "can't unregister a driver that is not registered" "is told" last_words
}
no_driver EINVAL nameless "can.t register a driver of the module mdev_misuse_test: it has no name" "no name"
no_driver EINVAL idle "can.t register a driver of the module mdev_misuse_test: it has no probe\\(\\)" "no probe()"
no_driver EINVAL unclassed "can.t register a driver of the module mdev_misuse_test: its id_table is empty" "a table of no class"
no_driver EBUSY taken "Driver .?vfio_mdev.? is already registered" "a name that is taken"
ok "to unregister one that has gone" "echo -one > $misuse/do"
shows "can't unregister a driver that is not registered" "is told, too" last_words

step "After all that"
create default
gives success "a device works" vfio-client open $uuid
ok "the module unloads with it" rmmod mdev_misuse_test
gives "" "no device is left" ls /sys/bus/mdev/devices
gives "$names" "and no driver" ls $drivers
ok "the bridge unloads" rmmod vfio_mdev
ok "the core unloads" rmmod mdev
