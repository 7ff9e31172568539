# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# 64 MiB through both ports of a card at once come back whole, 4 MiB on the checked
# kernel.
# long: half an hour of two processors
# guest: memory=256M cpus=2 timeout=3600
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
bytes=67108864
# The checked kernel takes ten times as long for an access.
[ ! -e /proc/lockdep ] || bytes=4194304

load mtty

ok "create a card" "echo $uuid > $types/mtty-2/create"
shows '^port 1: whole in ' "all comes back from both ports" vfio-client loop $uuid both $bytes
gives "$bytes $bytes" "the card counted as much" statistic $uuid rx
gives "0 0" "and lost nothing" statistic $uuid lost
