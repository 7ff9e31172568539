# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a VM does that was given a device of a simulated NVIDIA T4: it looks at it.
run lspci -nn -d 10de:
run lspci -vv -d 10de:
