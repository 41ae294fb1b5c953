#!/usr/bin/env bats
# A configuration that others than root and SlurmUser can change is not read: sbatch does without, and
# slurmctld keeps the last good one.

load helpers

misfit=(-N1 --gpus-per-node=a100:4)

setup_file() {
	cluster_to_edit
	# Above the files, and this test's to change.
	export own=$BATS_FILE_TMPDIR/own
	mkdir -p "$own/etc"
	cp "$root"/conf/*.conf "$own/etc"
	chmod 755 "$BATS_FILE_TMPDIR" "$own" "$own/etc"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	slurm_env=()
	passing=
	file=$own/etc/dsfit.conf
	with_conf "$file"
}

# Whatever a test has made of it, for the next.
teardown() {
	chmod go-w "${conf%/*}" "$conf" "${conf%/*}/gpus.conf" "$own" "$own"/etc{,/*.conf}
	((EUID)) || chown root "$own" "$own"/etc{,/*.conf}
	end_jobs
}

# ignored REGEX: sbatch does not size the job, and says why. slurmctld has files of its own.
ignored() {
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	submitted
	matches "$(said | head -n 1)" "^not sized: $file:?[0-9]*: $1"
}

@test "sbatch: a file that all can write" {
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	corrected
	chmod o+w "$file"
	ignored "can be written by others than its owner: chmod go-w $file$"
}

@test "sbatch: a catalogue that a group can write" {
	chmod g+w "$own/etc/gpus.conf"
	ignored ".*gpus.conf: can be written by others than its owner: chmod go-w $own/etc/gpus.conf$"
}

@test "sbatch: a folder above that all can write" {
	chmod o+w "$own"
	ignored "$own can be written by others than its owner: chmod go-w $own$"
	# Not even its owner's files can be replaced there.
	chmod +t "$own"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	corrected
	chmod -t "$own"
}

@test "sbatch: a file of another user, and a link to one" {
	((!EUID)) || skip 'only root can give a file away'
	cp "$root"/conf/*.conf .
	chmod 755 . && chown www-data dsfit.conf
	file=$PWD/dsfit.conf
	with_conf "$file"
	ignored "belongs to user $(id -u www-data), not to root or SlurmUser: chown -h root $file$"
	# SlurmUser's it may be.
	sed -i 's/^SlurmUser=.*/SlurmUser=www-data/' slurm.conf
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	lacks "$(said)" 'not sized'
	file=$own/etc/link.conf
	ln -sf "$PWD/dsfit.conf" "$file"
	with_conf "$file"
	ignored "$PWD/dsfit.conf belongs to user $(id -u www-data), not to root or SlurmUser: chown -h root $PWD/dsfit.conf$"
	rm "$file"
}

# spoilt CMD [ARG]... WHAT: after CMD, slurmctld says WHAT, and goes on with what it had.
spoilt() {
	local before
	before=$(lines "${*: -1}")
	"${@:1:$#-1}"
	wait_until 10 more_lines "${*: -1}" "$before"
	matches "$(log | tail -n 1)" 'the last good configuration stays in force'
	run_sbatch_hold "${too_big[@]}" -p strict "${misfit[@]}"
	refused
}

# mended CMD [ARG]...: after it, the configuration is in force again.
mended() {
	local before
	before=$(lines 'dsfit: .* in force: ')
	"$@"
	wait_until 10 more_lines 'dsfit: .* in force: ' "$before"
}

@test "slurmctld: what all can write is not read, until it is mended" {
	without_client_plugin
	demo_in_force ''
	spoilt chmod o+w "$conf" "$conf: can be written by others than its owner: chmod go-w $conf$"
	mended chmod o-w "$conf"
	spoilt chmod g+w "${conf%/*}/gpus.conf" "gpus.conf: can be written by others .*/gpus.conf$"
	mended chmod g-w "${conf%/*}/gpus.conf"
}

@test "slurmctld: a folder above that all can write, until it is mended" {
	without_client_plugin
	demo_in_force ''
	chmod o+w "${conf%/*}"
	spoilt touch "$conf" "$conf: ${conf%/*} can be written by others than its owner: chmod go-w ${conf%/*}$"
	mended chmod o-w "${conf%/*}"
}

@test "slurmctld: a user's file, and a link to one" {
	((!EUID)) || skip 'only root can give a file away'
	without_client_plugin
	demo_in_force ''
	spoilt chown www-data "$conf" "belongs to user $(id -u www-data), not to root or SlurmUser"
	mended chown root "$conf"
	cp "$conf" user.conf
	chmod 755 . && chown www-data user.conf
	spoilt ln -sfn "$PWD/user.conf" "$conf" "$PWD/user.conf belongs to user $(id -u www-data), not to root"
	rm "$conf"
	demo_in_force ''
}

@test "dsfit check warns, and the command works" {
	chmod o+w "$own"
	chmod g+w "$own/etc/launchers.conf"
	run_on dsfit check --conf="$own/etc/dsfit.conf"
	is "$status" 0
	is "$stderr" "warning: $own/etc/dsfit.conf: $own can be written by others than its owner: chmod go-w $own"
	run_on dsfit size --conf="$own/etc/dsfit.conf" --model=13B --zero=3 --gpu=a100 --gpus-per-node=4
	is "$status" 1
	lacks "$stderr" written
	chmod o-w "$own"
	run_on dsfit check --conf="$own/etc/dsfit.conf"
	is "$stderr" "warning: $own/etc/launchers.conf: can be written by others than its owner: chmod go-w $own/etc/launchers.conf"
}
