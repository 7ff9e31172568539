# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# OpenStack Nova's libvirt driver, as its packages have it, finds the simulated
# card, counts what it can have of it, and creates a device. Only the driver runs,
# without the rest of an OpenStack.
# shellcheck source=tests/lib/system.sh
. ./system.sh

cat >$check/nova.conf <<-END
[devices]
enabled_mdev_types = nvidia-222
[mdev_nvidia-222]
device_addresses = $sims_address
[libvirt]
virt_type = qemu
END
cat >$check/with_nova.py <<-'END'
import sys
import time

import eventlet
eventlet.monkey_patch(os=False)

import nova.conf
from nova.privsep import sys_admin_pctxt
from nova.virt.libvirt import driver

nova.conf.CONF(['--config-file', sys.argv[1]], project='nova')
# in this process, which is root's, and not in a helper's
sys_admin_pctxt.set_client_mode(False)
nova.conf.devices.register_dynamic_opts(nova.conf.CONF)
libvirt = driver.LibvirtDriver(None)
print('enabled:', *libvirt.supported_vgpu_types)
for card in libvirt._get_mdev_capable_devices(libvirt.supported_vgpu_types):
    print('card:', card['dev_id'], '%#06x' % card['vendor_id'],
          *('%s=%s' % (name, kind['availableInstances'])
            for name, kind in sorted(card['types'].items())))
    print('type of', card['dev_id'] + ':',
          libvirt._get_vgpu_type_per_pgpu(card['dev_id']))
uuid = libvirt._create_new_mediated_device(sys.argv[2])
print('created:', uuid)
# libvirt hears of it by udev
devices = []
for attempt in range(60):
    devices = [device for device in
               libvirt._get_mediated_devices(libvirt.supported_vgpu_types)
               if device['uuid'] == uuid]
    if devices:
        break
    time.sleep(1)
for device in devices:
    print('found:', device['parent'], device['type'])
print('counted:', dict(libvirt._count_mediated_devices(
    libvirt.supported_vgpu_types)).get(sys.argv[2]))
END

step "mtty goes: Nova ends with an AttributeError where libvirt lists a parent that is not PCI"
run virsh nodedev-list --cap mdev_types
ok "its devices" "for device in $parents/mtty/*/remove; do echo 1 > \$device || exit; done"
ok "and itself" modprobe -r mtty
within 60 "libvirt lists it no more" "! virsh nodedev-list --cap mdev_types | grep mtty"

step "Nova's libvirt driver"
run "dpkg-query -W python3-nova"
ok "it runs" "python3 $check/with_nova.py $check/nova.conf $sims_node"
said=$out
contains "it supports the type" "$said" '^enabled: nvidia-222$'
contains "it finds the card, and room for 16" "$said" "^card: $sims_node 0x10de nvidia-222=16\$"
contains "the type belongs to the card" "$said" "^type of $sims_node: nvidia-222\$"
contains "it creates a device" "$said" '^created: [0-9a-f-]{36}$'
contains "and finds it" "$said" "^found: $sims_node nvidia-222\$"
contains "and counts it" "$said" '^counted: 1$'
made=$(echo "$said" | sed -n 's/^created: //p')
ok "it is there" ls -d "/sys/bus/mdev/devices/$made/driver/"
ok "remove it" "echo 1 > /sys/bus/mdev/devices/$made/remove"

step "mtty comes back"
ok "load it" modprobe mtty
within 60 "its device is there" ls -d "/sys/bus/mdev/devices/$uuid/driver/"

step "The simulated cards are taken away again"
ok "the device that is there at each boot" mdevctl undefine -u $sims_uuid
ok "the units" systemctl disable --now mdev-sim@nvidia-t4 mdev-sim@t4-pci mdev-sim@edu-pci
gives "" "no card is left" ls /sys/kernel/config/mdev_sim
ok "the module" modprobe -r mdev_sim
