# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# 256 KiB through each port come back whole, and through both ports of a card and
# two cards at once.
# guest: memory=256M
# shellcheck source=tests/lib/words.sh
. /lib/tests/words.sh

types=/sys/class/mdev_bus/mtty/mdev_supported_types
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100
bytes=262144

load mtty

step "A card with one port"
ok "create it" "echo ${uuid}1 > $types/mtty-1/create"
shows '^port 0: whole in ' "all comes back" vfio-client loop ${uuid}1 0 $bytes
gives $bytes "the card counted as much" statistic ${uuid}1 rx
gives 0 "and lost nothing" statistic ${uuid}1 lost

step "A card with two ports"
ok "create it" "echo ${uuid}2 > $types/mtty-2/create"
shows '^port 0: whole in ' "all comes back from the first" vfio-client loop ${uuid}2 0 $bytes
shows '^port 1: whole in ' "and from the second" vfio-client loop ${uuid}2 1 $bytes
gives "$bytes $bytes" "the card counted as much" statistic ${uuid}2 rx
gives "0 0" "and lost nothing" statistic ${uuid}2 lost

step "Both ports at once"
shows '^port 1: whole in ' "all comes back from both" vfio-client loop ${uuid}2 both $bytes
gives "$((2 * bytes)) $((2 * bytes))" "the card counted as much" statistic ${uuid}2 rx

step "Two cards at once"
start "exec vfio-client loop ${uuid}2 1 $bytes"
shows '^port 0: whole in ' "all comes back from one" vfio-client loop ${uuid}1 0 $bytes
ok "and from the other" wait $job
