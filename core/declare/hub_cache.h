/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HUB_CACHE_H
#define DSFIT_HUB_CACHE_H

#include <stdbool.h>

#include "core/declare/options.h"

/*
 * The folder in which huggingface_hub keeps what a user has downloaded, by the variables of the
 * user's environment that it reads (huggingface_hub/constants.py): HF_HUB_CACHE,
 * HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HOME, and others that their values name. `get` is
 * getenv() or like it. "" if there is none, or if its path is too long.
 */
void dsfit_hub_cache_folder(char *(*get)(const char *name), char out[DSFIT_HUB_CACHE_MAX]);

/*
 * The snapshot of a model ("org/name") in such a folder: the one that "main" was at the last
 * download. Returns false if there is no config.json in it. Opens files with the caller's rights.
 */
#define DSFIT_SNAPSHOT_MAX (DSFIT_HUB_CACHE_MAX + 512)
bool dsfit_hub_cache_find(const char *folder, const char *id, char out[DSFIT_SNAPSHOT_MAX]);

#endif
