/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CONF_VALUES_H
#define DSFIT_CONF_VALUES_H

#include <confuse.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/names.h"

/*
 * Functions for reading dsfit.conf's sections. Those that read a value are libconfuse callbacks:
 * they run while libconfuse is at the value, so an error has the right file and line. They store a
 * quantity as a long, which holds every accepted one (bytes are at most 2^60). Bytes need a unit,
 * except 0. An absent key reads as 0, so 0 means "not known" everywhere in a site.
 */
int dsfit_read_bytes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_rate(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_count(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_number(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
#define DSFIT_NODES_MAX UINT64_C(1000000)

/* Whole numbers: of nodes, up to DSFIT_NODES_MAX; of GPUs or CPUs per node, up to 4096. */
int dsfit_read_nodes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_devices(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
/* Read a price or a speed. It cannot be negative: a price of -1 stands for an absent key. */
int dsfit_read_amount(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);

/* Read a word; the result is its position in the NULL-ended array `names`. */
int dsfit_read_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
		    const char *const *names);

/* Report a value that is not accepted, as libconfuse reports an error. Returns -1. */
int dsfit_reject(cfg_t *cfg, cfg_opt_t *opt, const struct dsfit_error *why);

/* Report an error of a whole section: FILE:LINE: gpu "a100": what. Returns -1. */
int dsfit_fail_section(cfg_t *section, struct dsfit_error *err, const char *what);

/*
 * The option that cfg_getopt() finds, or NULL. libconfuse looks through the keys from the first on,
 * and a section has up to a hundred. So look first at *at, which is behind the one that was found
 * before, and begins as 0. Ask for keys in the order in which they were described.
 */
cfg_opt_t *dsfit_next_option(cfg_t *section, const char *key, size_t *at);

/* A quantity that one of the callbacks has read. */
uint64_t dsfit_quantity(cfg_t *section, const char *key);
/* Copy a name; NULL copies "". Returns 0, or -1 with a line in err if it is too long. */
int dsfit_copy_name(cfg_t *section, char out[DSFIT_NAME_MAX], const char *text,
		    struct dsfit_error *err);

/* Copy a section's title, which is a name in Slurm. Returns 0, or -1 with a line in err also if it
 * is "" or a list: no job would have a partition or QOS of that name. */
int dsfit_copy_title(cfg_t *section, char out[DSFIT_NAME_MAX], struct dsfit_error *err);

/* Add the names of a list to `out`. Returns 0, or -1 if there is no memory. */
int dsfit_copy_names(cfg_t *section, const char *key, struct dsfit_names *out);

#endif
