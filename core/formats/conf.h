/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CONF_H
#define DSFIT_CONF_H

#include <confuse.h>

#include "core/base/error.h"
#include "core/base/names.h"
#include "core/base/trust.h"
#include "core/formats/kept_files.h"
#include "core/formats/sections.h"

/* Where files are read from, and what is noted of them. Each may be NULL. */
struct dsfit_conf_files {
	struct dsfit_names *paths;	/* gets the path of each file, readable or not */
	/* Gets a line "FILE:LINE: what" for each setting that is valid but probably a mistake. */
	struct dsfit_names *warnings;
	struct dsfit_kept_files *keep;	/* gets the text of each file */
	const struct dsfit_kept_files *from;	/* has the files; nothing is opened */
	struct dsfit_sections *sections;	/* gets its kinds of sections, and cfg does not */
	/* Nobody but these users may be able to change the files. Else the reading fails, and
	 * `paths` gets what others can change; or where there are `warnings`, it is one. */
	const struct dsfit_trusted *trusted;
};

/*
 * Read a file and the files that it includes into cfg. Returns 0, or -1 with the first error in
 * err, which must not be NULL: "FILE:LINE: what", or "FILE: reason" if a file cannot be read.
 * libconfuse's scanner is not re-entrant: only one thread at a time may call this.
 */
int dsfit_conf_read(cfg_t *cfg, const char *path, const struct dsfit_conf_files *files,
		    struct dsfit_error *err);

/* cfg_init(); NULL if memory was out at any point of it. */
cfg_t *dsfit_conf_init(cfg_opt_t *keys);

/*
 * cfg_free(), unless memory is out, or was when cfg was read. Then libconfuse may have left a tree
 * that is half built, without a word, and crashes over it; so the tree stays. NULL is allowed.
 */
void dsfit_conf_free(cfg_t *cfg);

/* Parse a part of a file, which begins after so many lines of it. The text is changed. */
int dsfit_conf_read_text(cfg_t *cfg, const char *path, int lines, char *text,
			 struct dsfit_error *err);

/* Parse a section that was cut out of a file. Returns what it is in cfg, or NULL with a line in
 * err, which stays empty if there is no memory. */
cfg_t *dsfit_conf_read_section(cfg_t *cfg, const struct dsfit_section *section,
			       struct dsfit_error *err);

/*
 * For CFG_FUNC("include", ...): a relative path starts at the folder of the including file.
 * libconfuse's own function does not clean up its stack of files after an error, so that after ten
 * errors in a process it includes nothing more.
 */
int dsfit_conf_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv);

/* For CFG_FUNC("architectures", ...): the same path, but the file is not read. The option
 * "architectures-file" gets it. */
int dsfit_conf_name_file(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv);

/* For CFG_FUNC("hub", ...): the same path. The file's text is not parsed; the option "hub-text"
 * gets it. Where sections are read later, so is the file: "hub-file" gets its path. */
int dsfit_conf_take_file(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv);

#endif
