/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A changed configuration must come into force without a restart of slurmctld, but a job that
 * slurmctld is deciding must not wait for files or a directory service. So a thread reads the
 * files, and jobs only borrow the result:
 *
 *     thread, each second     stat() all files; if one changed: reload()
 *                                 load --- good ---> put_in_force(); keep() on disk
 *                                    \----- bad ----> report; the last good one stays, and if
 *                                                     there is none yet: restore() from disk
 *     job                     dsfit_watch_take()         users + 1
 *                             dsfit_watch_give_back()    users - 1; the last user frees it
 *
 * Being in force counts as one user, so a configuration lives until it is replaced and its last job
 * is done. The lock covers only the pointer and the counts, never a load.
 */
#include "plugin/watch.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <slurm/spank.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/file.h"
#include "core/formats/kept_files.h"
#include "core/script/launchers_conf.h"
#include "core/script/launchers_words.h"
#include "core/site/load.h"
#include "plugin/last_good.h"
#include "plugin/trusted.h"

/* The members of a group can change while the files stay the same, and so can the users that the
 * system knows. If the configuration names any of these, it is read again after this number of
 * looks, one per second. */
#define LOOKS_TO_REFRESH 300

/* Two different states of a file have different stamps. All 0 if there is no file. */
struct stamp {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified, changed;
};

/* The files of the last load, whether it was good or not. */
struct watched {
	struct dsfit_names files;
	struct stamp *stamps;		/* one per file; NULL if there was no memory */
	bool late;			/* stamped after the load, which may have missed a change */
};

static struct {
	pthread_mutex_t lock;		/* held for a few instructions at a time */
	struct dsfit_held *held;
	/* Only for the watching thread, and for dsfit_watch_start() before there is one. */
	char *path;
	struct dsfit_trusted trusted;
	struct watched watched;
	unsigned looks;
	struct dsfit_error told;	/* the error of the last load; "" if it was good */
	bool must_tell;			/* the next result is logged, even if it is the same */
	/* On disk, for the next start. */
	char *kept_path;		/* NULL: nothing is kept */
	struct dsfit_kept_files kept;	/* texts to be written; empty: there is nothing new */
	bool cannot_keep;		/* the log says so */
	/* To stop the thread. */
	pthread_t thread;
	bool running, stop;
	pthread_mutex_t stop_lock;
	pthread_cond_t stopping;
} watch = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.stop_lock = PTHREAD_MUTEX_INITIALIZER,
};

static void release(struct dsfit_held *held)
{
	dsfit_people_free(&held->people);
	dsfit_launchers_free(held->launchers);
	free(held->words);
	dsfit_site_free(held->site);
	free(held);
}

struct dsfit_held *dsfit_watch_take(void)
{
	struct dsfit_held *held;

	pthread_mutex_lock(&watch.lock);
	held = watch.held;
	if (held)
		held->users++;
	pthread_mutex_unlock(&watch.lock);
	return held;
}

void dsfit_watch_give_back(struct dsfit_held *held)
{
	bool last;

	if (!held)
		return;
	pthread_mutex_lock(&watch.lock);
	last = !--held->users;
	pthread_mutex_unlock(&watch.lock);
	if (last)
		release(held);
}

/* Replace the configuration in force; NULL leaves none. */
static void put_in_force(struct dsfit_held *held)
{
	struct dsfit_held *old;

	if (held)
		held->users = 1;
	pthread_mutex_lock(&watch.lock);
	old = watch.held;
	watch.held = held;
	pthread_mutex_unlock(&watch.lock);
	dsfit_watch_give_back(old);
}

static void look(const char *path, struct stamp *stamp)
{
	struct stat status;

	memset(stamp, 0, sizeof(*stamp));
	if (stat(path, &status))
		return;
	stamp->device = status.st_dev;
	stamp->inode = status.st_ino;
	stamp->size = status.st_size;
	stamp->modified = status.st_mtim;
	stamp->changed = status.st_ctim;
}

static bool has_changed(const struct watched *watched)
{
	struct stamp now;

	for (size_t i = 0; i < watched->files.count; i++) {
		look(watched->files.name[i], &now);
		if (memcmp(&now, &watched->stamps[i], sizeof(now)))
			return true;
	}
	return false;
}

static void forget(struct watched *watched)
{
	dsfit_names_free(&watched->files);
	free(watched->stamps);
	watched->stamps = NULL;
}

/* Remember files and their stamps. If there is no memory, there are none, and the next look loads
 * again. */
static void note(const struct dsfit_names *files, struct watched *out)
{
	*out = (struct watched){ .stamps = calloc(files->count + 1, sizeof(*out->stamps)) };
	for (size_t i = 0; out->stamps && i < files->count; i++) {
		if (dsfit_names_add(&out->files, files->name[i])) {
			forget(out);
			return;
		}
		look(files->name[i], &out->stamps[i]);
	}
}

/* The file beside dsfit.conf. A site without it reads no scripts. */
static void add_launchers(struct dsfit_held *held)
{
	char path[PATH_MAX];

	held->why.text[0] = '\0';
	if (dsfit_is_nowhere(dsfit_launchers_path(watch.path, path, sizeof(path))))
		return;
	held->launchers = dsfit_launchers_load(path, &watch.trusted, &held->why);
	held->words = held->launchers ? dsfit_launchers_words(held->launchers) : NULL;
}

/* Make a configuration that can be in force of the site, which it takes over. Returns NULL with the
 * reason in err if that is impossible; for a site that is NULL, err has the reason already. Users
 * that are in `known`, which may be NULL, are not looked up again. */
static struct dsfit_held *hold(struct dsfit_site *site, const struct dsfit_people *known,
			       struct dsfit_error *err)
{
	struct dsfit_held *held = calloc(1, sizeof(*held));
	const char *lacking = site ? dsfit_site_lacks(site) : NULL;

	if (!held) {
		dsfit_site_free(site);
		dsfit_fail(err, "out of memory");
		return NULL;
	}
	held->site = site;
	if (lacking)
		dsfit_fail(err, "%s: %s", watch.path, lacking);
	else if (held->site && !dsfit_people_find(held->site, known, &held->people)) {
		add_launchers(held);
		return held;
	} else if (held->site)
		dsfit_fail(err, "out of memory");
	release(held);
	return NULL;
}

/* --- the last good one on disk ------------------------------------------------------------ */

/* Read the configuration that an earlier slurmctld kept of the same file. Returns NULL if that
 * fails, with the reason in err, or if there is none, with "" in err. */
static struct dsfit_held *restore(struct dsfit_error *err)
{
	struct dsfit_kept_files files = { 0 };
	struct dsfit_held *held = NULL;
	struct dsfit_error why = { "" };
	size_t length;
	char *text;

	err->text[0] = '\0';
	text = watch.kept_path ? dsfit_last_good_read(watch.kept_path, &length, err) : NULL;
	if (text && !dsfit_kept_files_read(text, length, &files, &why) &&
	    !strcmp(files.count ? files.file[0].path : "", watch.path))
		held = hold(dsfit_site_load_kept(&files, &why), NULL, &why);
	if (!held && why.text[0])
		dsfit_fail(err, "%s: %s", watch.kept_path, why.text);
	dsfit_kept_files_free(&files);
	free(text);
	return held;
}

static bool is_kept(const char *text, size_t length)
{
	struct dsfit_error err;
	size_t old_length;
	char *old = dsfit_last_good_read(watch.kept_path, &old_length, &err);
	bool same = old && old_length == length && !memcmp(old, text, length);

	free(old);
	return same;
}

/* Write what came in force since the last time. It may wait for the disk, so only the watching
 * thread does it. */
static void keep(void)
{
	struct dsfit_error err;
	size_t length;
	char *text;

	if (!watch.kept_path || !watch.kept.count)
		return;
	text = dsfit_kept_files_write(&watch.kept, &length);
	if (!text)
		return;
	if (is_kept(text, length) ||
	    !dsfit_last_good_write(watch.kept_path, text, length, &err)) {
		dsfit_kept_files_free(&watch.kept);
		watch.cannot_keep = false;
	} else if (!watch.cannot_keep) {
		/* The disk may come back: the next look tries again, and says no more. */
		watch.cannot_keep = true;
		slurm_error("dsfit: the configuration is not kept for the next start: %s",
			    err.text);
	}
	free(text);
}

/* --- reading ------------------------------------------------------------------------------ */

/* Log whether the load was good, unless the last message said the same and that is enough. */
static void tell(const struct dsfit_held *held, const struct dsfit_held *kept,
		 const struct dsfit_error *err, const struct dsfit_error *kept_err)
{
	bool is_told = !watch.must_tell && !strcmp(watch.told.text, err->text);

	watch.told = *err;
	watch.must_tell = false;
	if (is_told)
		return;
	if (held) {
		slurm_info("dsfit: %s is in force: %zu node classes, %zu partitions, mode %s",
			   watch.path, held->site->class_count, held->site->partition_count,
			   dsfit_mode_names[held->site->policy.mode]);
		if (held->why.text[0])
			slurm_error("dsfit: %s: no job script is read", held->why.text);
		return;
	}
	if (kept) {
		slurm_error("dsfit: %s; correct that: the last good configuration is in force, "
			    "which %s has kept", err->text, watch.kept_path);
		return;
	}
	slurm_error("dsfit: %s", err->text);
	if (kept_err->text[0])
		slurm_error("dsfit: %s", kept_err->text);
	slurm_error("dsfit: %s", watch.held ? "the last good configuration stays in force" :
			    "no configuration is in force: no job is sized");
}

static bool same_names(const struct dsfit_names *a, const struct dsfit_names *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->name[i], b->name[i]))
			return false;
	return true;
}

/*
 * Load the configuration. The files are stamped before the load, so that the next look sees a
 * change that is made during it. But which files they are is known only after the load. If they are
 * not those of the last load, they are stamped late, and the next look loads once more. Unless
 * `ask_again`, users who were found before are not looked up again.
 */
static void reload(bool ask_again)
{
	char launchers[PATH_MAX];
	struct dsfit_kept_files texts = { 0 };
	struct dsfit_names files = { 0 };
	struct dsfit_error err = { "" }, kept_err = { "" };
	struct watched next = { 0 };
	struct dsfit_held *held, *kept = NULL;
	const struct dsfit_people *known = !ask_again && watch.held ? &watch.held->people : NULL;

	note(&watch.watched.files, &next);
	held = hold(dsfit_site_load_keeping(watch.path, &watch.trusted, &files, &texts, &err),
		    known, &err);
	dsfit_names_add(&files, dsfit_launchers_path(watch.path, launchers, sizeof(launchers)));
	if (held) {
		dsfit_kept_files_free(&watch.kept);
		watch.kept = texts;
	} else {
		dsfit_kept_files_free(&texts);
		kept = watch.held ? NULL : restore(&kept_err);
	}
	if (held || kept)
		put_in_force(held ? held : kept);
	tell(held, kept, &err, &kept_err);
	forget(&watch.watched);
	watch.looks = 0;
	if (!same_names(&files, &next.files)) {
		forget(&next);
		note(&files, &next);
		next.late = true;
	}
	watch.watched = next;
	dsfit_names_free(&files);
}

/* Sleep for a second, or until the thread must stop. Returns whether it must. */
static bool wait_for_end(void)
{
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&watch.stop_lock);
	while (!watch.stop &&
	       pthread_cond_timedwait(&watch.stopping, &watch.stop_lock, &until) != ETIMEDOUT)
		;
	stop = watch.stop;
	pthread_mutex_unlock(&watch.stop_lock);
	return stop;
}

static void *keep_watching(void *nothing)
{
	(void)nothing;
	keep();
	while (!wait_for_end()) {
		if (watch.watched.stamps && has_changed(&watch.watched)) {
			/* Who changed a file wants to know. */
			watch.must_tell = true;
			reload(true);
		} else if (!watch.watched.stamps || watch.watched.late ||
			   (++watch.looks >= LOOKS_TO_REFRESH && watch.held &&
			    dsfit_people_may_change(&watch.held->people))) {
			reload(false);
		}
		keep();
	}
	return NULL;
}

void dsfit_watch_start(const char *path)
{
	pthread_condattr_t monotonic;
	sigset_t all, mask;

	watch.path = strdup(path);
	if (!watch.path)
		return;
	watch.trusted = dsfit_plugin_trusted();
	watch.kept_path = dsfit_last_good_path();
	watch.must_tell = true;
	reload(true);
	watch.stop = false;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&watch.stopping, &monotonic);
	pthread_condattr_destroy(&monotonic);
	/* The thread blocks all signals: slurmctld waits for them in a thread of its own. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	watch.running = !pthread_create(&watch.thread, NULL, keep_watching, NULL);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (!watch.running)
		slurm_error("dsfit: cannot watch %s for changes: no thread could be started",
			    watch.path);
}

void dsfit_watch_stop(void)
{
	if (watch.running) {
		pthread_mutex_lock(&watch.stop_lock);
		watch.stop = true;
		pthread_cond_signal(&watch.stopping);
		pthread_mutex_unlock(&watch.stop_lock);
		pthread_join(watch.thread, NULL);
		watch.running = false;
	}
	if (watch.path)
		pthread_cond_destroy(&watch.stopping);
	put_in_force(NULL);
	forget(&watch.watched);
	dsfit_kept_files_free(&watch.kept);
	free(watch.kept_path);
	free(watch.path);
	watch.path = watch.kept_path = NULL;
}
