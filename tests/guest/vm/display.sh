# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a VM does whose displays are looked at from outside: it shows that it has
# them, and waits until they have been seen.
run lspci -nn -d 1234:
echo "the displays can be looked at"
read -r line </dev/console
echo "told: $line"
