/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CONF_VALUES_H
#define DSFIT_CONF_VALUES_H

#include <confuse.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/names.h"

/*
 * What the readers of dsfit.conf's sections share. Readers of a value are libconfuse callbacks:
 * each value is read where libconfuse meets it, so that whatever is wrong is reported with its
 * file and line. Bytes have their unit, but for 0. A quantity is kept as a long: bytes are below
 * 2^60. 0 is what a key that is not there reads as, so 0 means "not known" all through the site.
 */
int dsfit_read_bytes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_rate(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_count(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_number(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
/* Whole numbers that no cluster is beyond: nodes, up to a million; what is on one, up to 4096. */
int dsfit_read_nodes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
int dsfit_read_devices(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result);
/* A word's position in the NULL-ended array `names`. */
int dsfit_read_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
		    const char *const *names);

/* A value's reader found it wrong: say so as libconfuse does. -1. */
int dsfit_reject(cfg_t *cfg, cfg_opt_t *opt, const struct dsfit_error *why);

/* A section is wrong as a whole: "FILE:LINE: gpu "a100": what". -1. */
int dsfit_fail_section(cfg_t *section, struct dsfit_error *err, const char *what);

uint64_t dsfit_quantity(cfg_t *section, const char *key);
/* A name of at most DSFIT_NAME_MAX - 1 characters; NULL is "". */
int dsfit_copy_name(cfg_t *section, char out[DSFIT_NAME_MAX], const char *text,
		    struct dsfit_error *err);

#endif
