/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LOAD_H
#define DSFIT_LOAD_H

#include "core/base/error.h"
#include "core/base/names.h"
#include "core/base/trust.h"
#include "core/formats/kept_files.h"
#include "core/site/site.h"

/*
 * Read dsfit.conf and the files that it includes. Returns a site that the caller frees with
 * dsfit_site_free(), or NULL with "FILE:LINE: what is wrong" in err. libconfuse's scanner is not
 * re-entrant: only one thread at a time may load.
 */
struct dsfit_site *dsfit_site_load(const char *path, struct dsfit_error *err);

/*
 * The same for one job: of the catalogues, only the sections that are looked up are parsed. What is
 * found is what a site has that was read whole; but a section that is wrong, and that nobody wants,
 * is not noticed. One that is wanted is as if it were not there, and site->trouble then says what
 * is wrong: so look there after each thing that was not found. One thread alone may use such a
 * site, and only while no other one loads. A site whose files others than `trusted` can change is
 * wrong; if that is NULL, anybody may.
 */
struct dsfit_site *dsfit_site_load_on_demand(const char *path,
					     const struct dsfit_trusted *trusted,
					     struct dsfit_error *err);

/*
 * The same for a caller that watches the files for changes. In either case *files gets the path of
 * each file that was opened or tried, `path` first, and of what others than `trusted` can change;
 * and *texts the texts of those that could be read. The caller frees them with dsfit_names_free()
 * and dsfit_kept_files_free().
 */
struct dsfit_site *dsfit_site_load_keeping(const char *path, const struct dsfit_trusted *trusted,
					   struct dsfit_names *files,
					   struct dsfit_kept_files *texts,
					   struct dsfit_error *err);

/* The same from texts that were kept, the first of which includes the others. Opens no file. */
struct dsfit_site *dsfit_site_load_kept(const struct dsfit_kept_files *texts,
					struct dsfit_error *err);

/* The same for an administrator who checks a configuration: site->warnings is filled as well, which
 * costs time that no job should wait for. What others than `trusted` can change is a warning. */
struct dsfit_site *dsfit_site_load_warning(const char *path, const struct dsfit_trusted *trusted,
					   struct dsfit_error *err);

#endif
