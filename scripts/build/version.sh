#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# version.sh [FOLDER]: prints the version of this package, or of that in FOLDER. It
# is in dkms.conf, where dkms has to find it; scripts/package/check-texts.sh
# compares all other places with it.
sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "${1:-$(dirname "$0")/../..}/dkms.conf"
