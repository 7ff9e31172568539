# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# For the cases about mdev_sim: cards are made in configfs, and used by vfio-client.

# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

config=/sys/kernel/config/mdev_sim
# shellcheck disable=SC2034 # the cases use them
{
parents=/sys/class/mdev_bus
mdevs=/sys/bus/mdev/devices
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100
}

# load_sim: and all that a user of its devices needs
load_sim() {
	load mdev_sim
	[ -d /sys/kernel/config/mdev_sim ] ||
		ok "configfs is mounted" mount -t configfs none /sys/kernel/config
}

# set_all FOLDER FILE=VALUE…: in configfs
set_all() {
	folder=$1
	shift
	for setting; do
		ok "${setting%%=*} is ${setting#*=}" "echo '${setting#*=}' > $folder/${setting%%=*}"
	done
}

# card NAME FILE=VALUE…: a card, not plugged in
card() {
	name=$1
	shift
	ok "a card $name" mkdir "$config/$name"
	set_all "$config/$name" "$@"
}

# type CARD ID FILE=VALUE…: a type of it
type() {
	name=$1/types/$2
	shift 2
	ok "a type $name" mkdir "$config/$name"
	set_all "$config/$name" "$@"
}

plug() { ok "plug $1 in" "echo 1 > $config/$1/live"; }
unplug() { ok "pull $1 out" "echo 0 > $config/$1/live"; }

# drop CARD: with all its types
drop() {
	[ -z "$(ls "$config/$1/types")" ] || ok "remove the types of $1" rmdir "$config/$1"/types/*
	ok "remove the card $1" rmdir "$config/$1"
}

# create CARD TYPE N: the device $uuid$N; TYPE with the driver's name
create() { ok "create a $2" "echo $uuid$3 > $parents/$1/mdev_supported_types/$2/create"; }
remove() { ok "remove it" "echo 1 > $mdevs/$uuid$1/remove"; }

# available CARD TYPE WANT
available() { gives "$3" "of $2 $3 are available" cat "$parents/$1/mdev_supported_types/$2/available_instances"; }
