#!/usr/bin/env bats
# slurmctld touches no file of a user's: strace shows each file that it names to the kernel, while
# jobs come that name files, links, pipes and folders in every way there is.

load helpers

# In the names of all that a user has here, and in no other name.
mark=users-own

# Everything that slurmctld names to the kernel goes to ./trace, from here to traced.
trace() {
	local pid
	command -v strace >/dev/null || skip 'strace is missing (Debian package strace)'
	pid=$(<"$DSFIT_CLUSTER_DIR/run/slurmctld.pid")
	strace -f -qq -s 4096 -e trace=%file -o trace -p "$pid" 2>strace.err 3>&- 4>&- &
	strace=$!
	wait_until 10 eval "! kill -0 $strace 2>/dev/null || is_traced $pid"
	kill -0 "$strace" 2>/dev/null || skip "strace cannot attach: $(<strace.err)"
}

is_traced() {
	local thread
	for thread in /proc/"$1"/task/*; do
		grep -q '^TracerPid:.[1-9]' "$thread/status" || return
	done
}

# Ends the trace. slurmctld has kept the jobs, which shows that its files are in there, and none of
# a user's is.
traced() {
	# It keeps them after some seconds.
	wait_until 30 grep -q "open.*\"$DSFIT_CLUSTER_DIR/state/" trace
	kill -INT "$strace"
	wait "$strace" || :
	strace=
	is "$(grep "$mark" trace)" ''
}

teardown() {
	[[ ! ${strace-} ]] || kill -INT "$strace" 2>/dev/null || :
	end_jobs
}

# What a user may have: a script that names files in many ways, and these files.
have_files() {
	mkdir $mark-folder
	cp "$root/tests/data/configs/qwen3-0.6b.json" $mark-folder/config.json
	echo '{"zero_optimization": {"stage": 3}, "bf16": {"enabled": true}}' >$mark.json
	ln -s "$mark.json" $mark-link.json
	ln -s /dev/zero $mark-zero
	mkfifo $mark-pipe
	echo 'model_name_or_path: meta-llama/Llama-2-13b-hf' >$mark.yaml
	echo "deepspeed train.py --deepspeed $mark.json" >$mark-more.sh
	cat >$mark.sh <<-END
		#!/bin/bash
		#SBATCH --hold -N1 --gpus-per-node=a100:4 --output=$PWD/$mark-%j.out
		. ./$mark-more.sh
		source $PWD/$mark-pipe
		bash $mark-link.json
		MODEL=\$(cat $mark-pipe) CONFIG=\$(<$PWD/$mark-link.json)
		llamafactory-cli train $mark.yaml
		accelerate launch --config_file $PWD/$mark.yaml train.py
		deepspeed run_clm.py --deepspeed $1 --per_device_train_batch_size 4 \\
			--model_name_or_path $2 --bf16 --block_size 4096 <$mark-pipe
	END
}

@test "with dsfit on the submit host" {
	have_files $mark-link.json meta-llama/Llama-2-13b-hf
	trace
	run_sbatch --ds-model="$PWD/$mark-folder" --ds-config="$PWD/$mark-link.json" $mark.sh
	submitted
	run_sbatch --ds-model=13B --ds-config=$mark-pipe $mark.sh
	run_sbatch --ds-model=$mark-zero $mark.sh
	run_sbatch --comment="$PWD/$mark.json" --job-name=$mark --chdir="$PWD/$mark-folder" \
		"$PWD/$mark.sh" $mark-pipe
	run_sbatch $mark.sh
	submitted
	traced
}

@test "without it: slurmctld reads the script, and what it names nowhere" {
	local file
	have_files $mark-pipe "$PWD/$mark-folder"
	without_client_plugin
	passing=
	trace
	run_sbatch $mark.sh
	submitted
	run_sbatch --chdir="$PWD/$mark-folder" "$PWD/$mark.sh" $mark-pipe
	submitted
	for file in "$PWD/$mark-folder" $mark-folder ./$mark-link.json "$PWD/$mark-pipe" $mark-zero; do
		passes "$(option_name ds-model)=$file"
		run_sbatch $mark.sh
		submitted
		passes "$(option_name ds-model)=13B" "$(option_name ds-config)=$file"
		run_sbatch $mark.sh
		submitted
	done
	traced
}
