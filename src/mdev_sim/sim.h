/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mdev_sim: mediated devices of any vendor's cards, without the cards.
 *
 * Its files: configfs keeps what the administrator has set, by way of parse, and
 * plugs cards in and out; card makes types and instances, and parent, by way of pci
 * for some, the device that is their parent; device serves VFIO and calls migrate,
 * config, memory, rom, irq, edu and display; migrate calls device for a reset,
 * config, memory, irq and edu; edu calls config, memory and irq, memory calls display,
 * irq calls config. card, device, irq, migrate and configfs ask faults.
 *
 * Locks, outermost first; each is described where it is declared. A card:
 *   configfs's mutex of the subsystem
 *   sim_card_item.lock		never held while a card is plugged in or out
 *   plug_lock			of card.c; not taken under the one before
 *   sim_card.register_lock	the mdev API's own locks come below it
 *   sim_card.lock
 * A device, whose calls come from VFIO and take none of those:
 *   sim_migration.lock, sim_stream.user_lock, sim_stream.lock: see migrate.c
 *   sim_irqs.unmask_lock	not together with the line before
 *   sim_instance.lock
 *   sim_faults.lock, and the xa_lock of a memory area: nothing comes below
 *
 * What resembles sample_mtty/ is repeated on purpose: vendors copy the sample, and
 * neither of the two needs the other.
 */
#ifndef SIM_H
#define SIM_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mdev.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pci_regs.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/vfio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#define SIM_MAX_CARDS		64
#define SIM_MAX_TYPES		64	/* of a card */
#define SIM_MAX_MSI		32
#define SIM_MAX_MSIX		2048
#define SIM_MAX_ROM		0x100000
#define SIM_MIN_DISPLAY		64	/* pixels, in each direction */
#define SIM_MAX_DISPLAY		8192
#define SIM_EDID_MAX_SIZE	512	/* four blocks */
#define SIM_NR_BARS		6

/* Areas of memory: the BARs, by their numbers, and the picture of the display. */
#define SIM_DISPLAY_AREA	SIM_NR_BARS
#define SIM_NR_AREAS		(SIM_NR_BARS + 1)

/* Regions behind those of all PCI devices; there with a display only. */
#define SIM_DISPLAY_REGION	VFIO_PCI_NUM_REGIONS
#define SIM_EDID_REGION		(VFIO_PCI_NUM_REGIONS + 1)
#define SIM_NR_REGIONS		(VFIO_PCI_NUM_REGIONS + 2)

/* Lengths without the NUL byte */
#define SIM_CARD_NAME_LEN	40
#define SIM_DRIVER_NAME_LEN	32
#define SIM_TYPE_ID_LEN		64
#define SIM_TYPE_NAME_LEN	128
#define SIM_DESCRIPTION_LEN	1024
#define SIM_DEVICE_API_LEN	32

struct eventfd_ctx;
struct file;
struct sim_card;
struct sim_driver;
struct sim_stream;
struct vfio_mdev_device_ops;
struct vfio_info_cap;
struct virqfd;
struct vm_area_struct;

/* Settings: what is set in configfs, and copied when a card is plugged in. */

struct sim_ids {
	u32 vendor;
	u32 device;
	u32 subsystem_vendor;
	u32 subsystem_device;
	u32 class;
	u32 revision;
};

/* @size is 0 if there is none; mem32 is what is neither @io nor @mem64. */
struct sim_bar_settings {
	u64 size;
	bool io;
	bool mem64;
	bool prefetch;
};

/* In pixels; both are 0 if there is none. */
struct sim_display_settings {
	u32 width;
	u32 height;
};

/**
 * struct sim_rom - an expansion ROM
 * @ref:	of the types that have it
 * @len:	how many bytes were written
 * @size:	how many there are, a power of two
 * @data:	the bytes
 */
struct sim_rom {
	struct kref ref;
	u32 len;
	u32 size;
	u8 data[];
};

/*
 * Domains of firmware begin at 0, and those of Intel's VMD at 0x10000. These are
 * the last ones that management software takes, which expects four digits.
 */
#define SIM_MIN_PCI_DOMAIN	0xff00
#define SIM_MAX_PCI_DOMAIN	0xffff
#define SIM_PCI_DOMAIN_AUTO	0

struct sim_card_settings {
	char name[SIM_CARD_NAME_LEN + 1];
	char driver[SIM_DRIVER_NAME_LEN + 1];
	struct sim_ids ids;
	u32 pci;
	u32 pci_domain;		/* or SIM_PCI_DOMAIN_AUTO */
	u32 budget;
	u32 homogeneous;
	u64 memory_limit;
};

#define SIM_MSIX_BAR_AUTO	SIM_NR_BARS

/* @rom is a reference, or NULL. */
struct sim_type_settings {
	char id[SIM_TYPE_ID_LEN + 1];
	char name[SIM_TYPE_NAME_LEN + 1];
	char description[SIM_DESCRIPTION_LEN + 1];
	char device_api[SIM_DEVICE_API_LEN + 1];
	struct sim_ids ids;
	struct sim_bar_settings bar[SIM_NR_BARS];
	u32 max_instances;
	u32 cost;
	u32 intx;
	u32 msi;
	u32 msix;
	u32 msix_bar;		/* or SIM_MSIX_BAR_AUTO */
	u32 pm;
	u32 pcie;
	u32 edu;
	u32 migration;
	struct sim_display_settings display;
	struct sim_rom *rom;
};

/* What is made to fail. It can be changed while the card is plugged in. */

enum sim_fault_kind {
	SIM_FAIL_CREATE,
	SIM_FAIL_OPEN,
	SIM_FAIL_RESET,
	SIM_FAIL_MIGRATION,
	SIM_NR_FAULTS,
};

/*
 * Those from 512 on are internal to the kernel, such as ERESTARTSYS and EIOCBQUEUED,
 * and must not reach the VFS.
 */
#define SIM_MAX_ERRNO	511

/**
 * struct sim_fault - calls that fail
 * @error:	with this errno; 0: none fails
 * @nth:	only the call that is the @nth from now on; 0: each
 */
struct sim_fault {
	u32 error;
	u32 nth;
};

/**
 * struct sim_faults - all that a card does wrong on purpose
 * @lock:	protects the content of @fault
 * @fault:	by enum sim_fault_kind
 * @create_delay_ms: how long creating a device takes
 * @remove_delay_ms: how long removing one takes
 * @refuse_remove: it is refused
 * @lose_interrupts: how many of the next interrupts get lost
 * @ended:	woken when @hurry is set
 * @hurry:	nothing takes a while any more, as nobody can change it
 */
struct sim_faults {
	spinlock_t lock;	/* see above */
	struct sim_fault fault[SIM_NR_FAULTS];
	u32 create_delay_ms;
	u32 remove_delay_ms;
	u32 refuse_remove;
	atomic_t lose_interrupts;
	wait_queue_head_t ended;
	bool hurry;
};

/* A card that is plugged in. */

/**
 * struct sim_config_layout - the configuration space of all devices of a type
 * @reset:	after power-on
 * @writable:	which bits can be written
 * @pcie:	where the PCI Express capability is, or 0
 * @size:	how much of it there is
 * @msix_bar:	the BAR with table and pending bits, if there is MSI-X
 * @msix_size:	how much these take at the end of that BAR, whole pages
 */
struct sim_config_layout {
	u8 reset[PCI_CFG_SPACE_SIZE];
	u8 writable[PCI_CFG_SPACE_SIZE];
	u8 pcie;
	u32 size;
	u32 msix_bar;
	u32 msix_size;
};

/**
 * struct sim_type - a type of a card that is plugged in
 * @card:	the card
 * @settings:	constant
 * @layout:	constant
 * @group:	for the mdev API
 * @instances:	how many there are; under @card->lock
 */
struct sim_type {
	struct sim_card *card;
	struct sim_type_settings settings;
	struct sim_config_layout layout;
	struct attribute_group group;
	u32 instances;
};

/**
 * struct sim_card - a card that is plugged in
 * @settings:	constant
 * @faults:	the card's, in configfs, which outlives this
 * @node:	in the list of all that are plugged in
 * @dev:	the parent device
 * @driver:	its driver
 * @reason:	why it could not be plugged in, where the error does not tell
 * @ops:	for the mdev API
 * @groups:	likewise: the types, and NULL
 * @memory:	how much the BARs of all instances and the ROMs take, in bytes
 * @register_lock: protects @registered and changes of @dying. Users are waited
 *		for under it.
 * @registered:	the device is a parent of the mdev API
 * @dying:	it is being pulled out: nothing can be refused any more
 * @lock:	protects the three below, and the types' counts. Comes before
 *		&sim_instance.lock.
 * @instances:	the devices
 * @nr_instances: how many there are
 * @cost:	of all instances
 * @nr_types:	constant
 * @types:	the types
 */
struct sim_card {
	struct sim_card_settings settings;
	struct sim_faults *faults;
	struct list_head node;
	struct device *dev;
	struct sim_driver *driver;
	const char *reason;
	struct mdev_parent_ops ops;
	struct attribute_group **groups;
	atomic64_t memory;
	struct mutex register_lock;	/* see above */
	bool registered;
	bool dying;
	spinlock_t lock;	/* see above */
	struct list_head instances;
	u32 nr_instances;
	u64 cost;
	u32 nr_types;
	struct sim_type types[];
};

/**
 * struct sim_edu - the registers of the educational device
 * @liveness:	the complement of what was written
 * @factorial:	the result
 * @status:	an interrupt is wanted when a factorial is there
 * @irq_status:	interrupts that are requested
 * @dma_source:	where a transfer reads
 * @dma_destination: where it writes
 * @dma_count:	how many bytes
 * @dma_command: with EDU_DMA_START while it runs, or is to run
 * @dma_runs:	it runs, and the four above do not change; read without the lock by
 *		tasks that wait for its end
 * @dma_writes:	it writes to a page of the user's that is pinned; read without the
 *		lock
 * @dma_over:	whoever waits for the end of either waits here
 * @resets:	how many resets are under way; no transfer begins meanwhile
 */
struct sim_edu {
	u32 liveness;
	u32 factorial;
	u32 status;
	u32 irq_status;
	u64 dma_source;
	u64 dma_destination;
	u64 dma_count;
	u64 dma_command;
	bool dma_runs;
	bool dma_writes;
	wait_queue_head_t dma_over;
	u32 resets;
};

/* The region of the EDID as the user sees it. */
struct sim_edid_region {
	struct vfio_region_gfx_edid regs;
	u8 edid[SIM_EDID_MAX_SIZE];
};

/**
 * struct sim_display - the display, but for its picture
 * @mode:	how much of the picture is shown
 * @region:	the monitor
 */
struct sim_display {
	struct sim_display_settings mode;
	struct sim_edid_region region;
};

/* The registers of struct sim_edu as they migrate. */
struct sim_edu_image {
	__le32 liveness;
	__le32 factorial;
	__le32 status;
	__le32 irq_status;
	__le64 dma_source;
	__le64 dma_destination;
	__le64 dma_count;
	__le64 dma_command;
};

/**
 * struct sim_migration - a device's migration
 * @lock:	held while the state changes; comes before &sim_instance.lock
 * @state:	VFIO_DEVICE_STATE_*; written under @lock, read without
 * @stream:	the transfer that the state is part of, if any; under @lock
 * @loaded:	made like another device, and has not run since; under @lock
 */
struct sim_migration {
	struct mutex lock;	/* see above */
	u32 state;
	struct sim_stream *stream;
	bool loaded;
};

/**
 * struct sim_irqs - interrupts
 * @intx:	eventfd for INTx
 * @error:	for the report of an error
 * @request:	for the request to let go of the device
 * @vectors:	for MSI or MSI-X, room for the larger number of both
 * @nr_set:	how many of @vectors are set
 * @index:	whose they are then: VFIO_PCI_MSI_IRQ_INDEX or _MSIX_
 * @pending:	the device requests INTx
 * @masked:	INTx is masked, by the user or by its own delivery
 * @lost:	this request of INTx gets lost
 * @unmask_late: INTx is to be unmasked by @unmask_work
 * @repeats:	how many signals more @unmask has brought about than there were
 *		accesses by the user, see irq.c
 * @unmask_used: @unmask has been set
 * @unmask_lock: serializes changes of @unmask and @unmask_used
 * @unmask:	eventfd that unmasks INTx
 * @unmask_work: does so later, if it has been too often
 */
struct sim_irqs {
	struct eventfd_ctx *intx;
	struct eventfd_ctx *error;
	struct eventfd_ctx *request;
	struct eventfd_ctx **vectors;
	u32 nr_set;
	u32 index;
	bool pending;
	bool masked;
	bool lost;
	bool unmask_late;
	u8 repeats;
	bool unmask_used;
	struct mutex unmask_lock;	/* see above */
	struct virqfd *unmask;
	struct delayed_work unmask_work;
};

/**
 * struct sim_instance - a mediated device
 * @card:	the card
 * @type:	the type
 * @mdev:	the device of the mdev API
 * @node:	in @card->instances
 * @lock:	protects @quiescent, @stopped, @config, @edu, @display, and @irqs but
 *		for what has a lock of its own. Taken in process context only.
 *		eventfds are signalled under it, so what an eventfd's wakeup
 *		calls must not take it.
 * @quiescent:	no transfer by DMA begins
 * @stopped:	nor do registers change or request interrupts
 * @config:	configuration space, up to where it is all zero
 * @area:	the pages of memory areas. Pages come on first touch and stay until
 *		the last user has gone, so whoever uses the device needs no lock
 *		for them. Marked as in memory.c.
 * @nr_pages:	how many pages there are
 * @nr_dirty:	how many are dirty
 * @nr_writable: how many can be written by a mapping
 * @msix:	the MSI-X table and pending bits, type->layout.msix_size bytes
 * @irqs:	interrupts
 * @edu:	the registers at the beginning of BAR 0, if it has them
 * @display:	the display, if it has one
 * @migration:	its state
 */
struct sim_instance {
	struct sim_card *card;
	struct sim_type *type;
	struct mdev_device *mdev;
	struct list_head node;
	spinlock_t lock;	/* see above */
	bool quiescent;
	bool stopped;
	u8 config[PCI_CFG_SPACE_SIZE];
	struct xarray area[SIM_NR_AREAS];
	atomic_long_t nr_pages;
	atomic_long_t nr_dirty;
	atomic_long_t nr_writable;
	u8 *msix;
	struct sim_irqs irqs;
	struct sim_edu edu;
	struct sim_display display;
	struct sim_migration migration;
};

/* main.c */
extern struct bus_type sim_bus;
extern struct workqueue_struct *sim_workqueue;
struct device *sim_main_root(void);
void sim_main_get(void);
void sim_main_put(void);

/* configfs.c */
int sim_configfs_init(void);
void sim_configfs_exit(void);

/* parse.c */
int sim_parse_number(const char *text, u64 min, u64 max, u64 *number);
int sim_parse_size(const char *text, u64 max, u64 *size);
int sim_parse_word(const char *text, size_t count, const char *special,
		   size_t max, char *word);
int sim_parse_text(const char *text, size_t count, size_t max, char *result);
bool sim_parse_is_name(const char *name, size_t max);
int sim_parse_bar(const char *text, struct sim_bar_settings *bar);
int sim_parse_show_bar(const struct sim_bar_settings *bar, char *buf);
int sim_parse_display(const char *text, struct sim_display_settings *display);
int sim_parse_show_display(const struct sim_display_settings *display,
			   char *buf);
int sim_parse_fault(const char *text, struct sim_fault *fault);
int sim_parse_show_fault(const struct sim_fault *fault, char *buf);

/* card.c */
struct sim_card *sim_card_alloc(const struct sim_card_settings *settings,
				u32 nr_types, struct sim_faults *faults);
void sim_card_free(struct sim_card *card);
int sim_card_plug(struct sim_card *card);
void sim_card_unplug(struct sim_card *card);
u32 sim_card_instances(struct sim_card *card);
void sim_card_unregister(struct sim_card *card);
void sim_card_report_error(struct sim_card *card);

/* parent.c */
int sim_parent_add(struct sim_card *card);
void sim_parent_del(struct sim_card *card);
int sim_parent_bind(struct device *dev, const struct device_driver *driver);
bool sim_parent_has_file(const char *name);
void sim_parent_exit(void);

/* faults.c */
void sim_faults_init(struct sim_faults *faults);
int sim_faults_check(struct sim_faults *faults, enum sim_fault_kind kind);
void sim_faults_set(struct sim_faults *faults, enum sim_fault_kind kind,
		    const struct sim_fault *fault);
struct sim_fault sim_faults_get(struct sim_faults *faults,
				enum sim_fault_kind kind);
bool sim_faults_lose_interrupt(struct sim_faults *faults);
int sim_faults_delay(struct sim_faults *faults, u32 ms);
void sim_faults_hurry(struct sim_faults *faults);

/* device.c */

/* A file offset is a region's index and an offset in the region. */
#define SIM_REGION_SHIFT	40
#define SIM_REGION_MASK		((1ULL << SIM_REGION_SHIFT) - 1)

/* Both likewise for the offset of a mapping, which is in pages. */
static inline u64 sim_device_region_of_page(u64 pgoff)
{
	return pgoff >> (SIM_REGION_SHIFT - PAGE_SHIFT);
}

static inline u64 sim_device_page_in_region(u64 pgoff)
{
	return pgoff & (SIM_REGION_MASK >> PAGE_SHIFT);
}

const struct vfio_mdev_device_ops *sim_device_ops(const struct sim_type *type);
int sim_device_init(struct sim_instance *instance);
void sim_device_destroy(struct sim_instance *instance);
void sim_device_end_reset(struct sim_instance *instance);
int sim_device_reset(struct sim_instance *instance);

/* config.c */
const char *sim_config_make_layout(struct sim_type *type);
void sim_config_put_ids(u8 *header, const struct sim_ids *ids);
void sim_config_reset(struct sim_instance *instance);
void sim_config_read(const struct sim_instance *instance, size_t offset,
		     u8 *data, size_t len);
bool sim_config_write(struct sim_instance *instance, size_t offset,
		      const u8 *data, size_t len);
bool sim_config_is_possible(const struct sim_type *type, const u8 *image);
void sim_config_set_intx(struct sim_instance *instance, bool asserted);
bool sim_config_intx_disabled(const struct sim_instance *instance);
bool sim_config_is_master(const struct sim_instance *instance);

/* rom.c */
struct sim_rom *sim_rom_alloc(const void *data, size_t len);
void sim_rom_get(struct sim_rom *rom);
void sim_rom_put(struct sim_rom *rom);
ssize_t sim_rom_read(const struct sim_rom *rom, u64 offset, char __user *buf,
		     size_t count);

/* memory.c */
bool sim_memory_charge(struct sim_card *card, u64 size);
void sim_memory_init(struct sim_instance *instance);
void sim_memory_reset(struct sim_instance *instance);
void sim_memory_free(struct sim_instance *instance);
u32 sim_memory_area_of(u64 region);
u64 sim_memory_size(const struct sim_type *type, u32 area);
bool sim_memory_is_mappable(const struct sim_type *type, u32 area);
void *sim_memory_page(struct sim_instance *instance, u32 area,
		      unsigned long index, bool make);
void sim_memory_set_dirty(struct sim_instance *instance, u32 area,
			  unsigned long index);
void sim_memory_set_all_dirty(struct sim_instance *instance);
void sim_memory_set_writable_dirty(struct sim_instance *instance);
void *sim_memory_take_dirty(struct sim_instance *instance, u32 *area,
			    unsigned long *index);
u64 sim_memory_pages(const struct sim_type *type, u32 area);
ssize_t sim_memory_read(struct sim_instance *instance, u32 area, u64 offset,
			char __user *buf, size_t count);
ssize_t sim_memory_write(struct sim_instance *instance, u32 area, u64 offset,
			 const char __user *buf, size_t count);
u64 sim_memory_first_mappable(const struct sim_type *type, u32 area);
u64 sim_memory_mappable_end(const struct sim_type *type, u32 area);
int sim_memory_mmap(struct sim_instance *instance, u32 area,
		    struct vm_area_struct *vma);

/* irq.c */
int sim_irq_init(struct sim_instance *instance);
void sim_irq_destroy(struct sim_instance *instance);
u32 sim_irq_count(const struct sim_type *type, u32 index);
u32 sim_irq_flags(u32 index);
int sim_irq_set(struct sim_instance *instance, const struct vfio_irq_set *set,
		const void *data);
int sim_irq_request(struct sim_instance *instance);
void sim_irq_report_error(struct sim_instance *instance);
void sim_irq_raise(struct sim_instance *instance);
void sim_irq_update(struct sim_instance *instance);
void sim_irq_resume(struct sim_instance *instance);
void sim_irq_release(struct sim_instance *instance);

/* edu.c */
#define SIM_EDU_SIZE		0x100	/* of the registers */
#define SIM_EDU_END		0x41000	/* of the buffer */
#define SIM_EDU_MIN_BAR		0x100000

void sim_edu_init(struct sim_instance *instance);
void sim_edu_run(struct sim_instance *instance);
void sim_edu_unmap(struct sim_instance *instance);
int sim_edu_wait(struct sim_instance *instance);
int sim_edu_begin_reset(struct sim_instance *instance);
void sim_edu_end_reset(struct sim_instance *instance);
u64 sim_edu_read(struct sim_instance *instance, u32 offset, size_t len);
void sim_edu_write(struct sim_instance *instance, u32 offset, size_t len,
		   u64 value);
void sim_edu_save(const struct sim_instance *instance,
		  struct sim_edu_image *image);
bool sim_edu_is_possible(const struct sim_type *type,
			 const struct sim_edu_image *image);
void sim_edu_load(struct sim_instance *instance,
		  const struct sim_edu_image *image);

/* migrate.c */
void sim_migrate_init(struct sim_instance *instance);
void sim_migrate_destroy(struct sim_instance *instance);
struct file *sim_migrate_set_state(struct mdev_device *mdev, u32 state);
int sim_migrate_get_state(struct mdev_device *mdev, u32 *state);
int sim_migrate_get_data_size(struct mdev_device *mdev, unsigned long *size);
int sim_migrate_reset(struct sim_instance *instance);
void sim_migrate_release(struct sim_instance *instance);

/* display.c */
u64 sim_display_size(const struct sim_type *type);
void sim_display_draw(const struct sim_type *type, void *page,
		      unsigned long index);
void sim_display_init(struct sim_instance *instance);
long sim_display_query_plane(struct sim_instance *instance, void __user *arg);
int sim_display_add_edid_type(struct vfio_info_cap *caps);
ssize_t sim_display_edid_read(struct sim_instance *instance, u64 offset,
			      char __user *buf, size_t count);
ssize_t sim_display_edid_write(struct sim_instance *instance, u64 offset,
			       const char __user *buf, size_t count);

#endif /* SIM_H */
