# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What the VM inside the guest does in the walk-through: looks at the card as
# the kernel's documentation does, and has text come back from both ports.
slot=$(lspci -n -d 4348:3253 | sed -n '1s/ .*//p')

run lspci -s "$slot" -xxvv
run "dmesg | grep 'ttyS[1-9]'"
run "setserial -g /dev/ttyS[0-2]"
talk ttyS1 "first port"
talk ttyS2 "second port"
