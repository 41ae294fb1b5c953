/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_DECLARATION_H
#define DSFIT_SUBMIT_DECLARATION_H

#include <stdbool.h>

#include <slurm/spank.h>

#include "core/declare/declaration.h"
#include "plugin/said.h"

/*
 * The --ds- options on the submit host: what was typed for a component of a job, and what is sent
 * to slurmctld with it. A process has one command line, so there is one state.
 */

/* So many components of the job had no options. Only the first one inherits any. */
void dsfit_typed_begin(unsigned components);

/* SPANK calls this for each --ds- option; `option` is an enum dsfit_option. Copies the value.
 * Returns 0. */
int dsfit_typed_option(int option, const char *value, int remote);

/* Whether this component has --ds- options, or must not keep those of an earlier one. */
bool dsfit_typed_any(void);

/* Whether there was no memory for a value of this component: then what would be collected is not
 * what was typed. */
bool dsfit_typed_lost(void);

/* Fill in the component's declaration. Its values are valid until dsfit_typed_next_component().
 * Sets *inherited if the model is that of the job in which the command runs. */
void dsfit_typed_collect(struct dsfit_declaration *out, bool *inherited);

/* Send the declaration to slurmctld, as `line`, or as typed if that is "". Sends *said too. */
void dsfit_typed_pass_on(spank_t spank, const struct dsfit_declaration *declaration,
			 const char *line, const struct dsfit_said *said);

/* Send only *said, if nothing is declared. What the job would inherit of a declaration that was
 * read from another job's script does not travel. */
void dsfit_typed_pass_said(spank_t spank, const struct dsfit_said *said);

/* Whether this is the first component of a job, or its only one. */
bool dsfit_typed_first(void);

/* Free the component's values; the first function also begins the next component. */
void dsfit_typed_next_component(void);
void dsfit_typed_forget(void);

#endif
