#!/usr/bin/env bats
# dsfit why: real jobs, on a cluster with slurmdbd that ends tasks which take too much memory, and on
# one without slurmdbd.

load helpers

setup_file() {
	local dir=$BATS_FILE_TMPDIR/conf
	mkdir "$dir"
	cp "$root"/conf/*.conf "$BATS_RUN_TMPDIR"/conf/*.in "$dir"
	printf '%s\n' JobAcctGatherType=jobacct_gather/linux JobAcctGatherFrequency=1 \
		JobAcctGatherParams=OverMemoryKill PrivateData=jobs >>"$dir/slurm.conf.in"
	export plain=$DSFIT_CLUSTER_DIR
	export DSFIT_CLUSTER_DIR=$DSFIT_CLUSTER_DIR-why
	start_cluster both "$dir" --accounting
	on sacctmgr --immediate add user www-data account=dsfit
}

# asks ID [OPTION]...: of dsfit why, which is to know the job.
asks() {
	run_on dsfit why "$@"
	is "$status" 0
	is "$stderr" ''
}

# in_sacct JOB: slurmdbd has its end, and how it was submitted.
in_sacct() {
	local line
	line=$(on sacct -n -X -P -o State,SubmitLine -j "$1")
	[[ $line == *\|?* && $line != @(PENDING|RUNNING)\|* ]]
}

ends() {
	wait_until 60 ended "$1"
	wait_until 20 in_sacct "$1"
}

@test "a corrected job that ends with an exit code" {
	run_sbatch "${too_big[@]}" -N1 --gpus-per-node=a100:4 --output=job.out --wrap 'exit 1'
	submitted
	ends "$job"
	asks "$job"
	matches "$output" "^job $job of $(id -un) in gpu: FAILED after [0-9]+ s, exit code 1"
	matches "$output" $'\n''  asked: sbatch .*--ds-model=13B --ds-zero=3 -N1 --gpus-per-node=a100:4 '
	matches "$output" $'\n''  requested: 3 nodes, 12 GPUs, 500 GiB per node \(a100-\[0-[23]\]\)'
	matches "$output" $'\n''  decided: 13B, ZeRO-3, .* of 39.4 GiB per GPU, .* GiB of 500 GiB per node: fits'
	matches "$output" $'\n''  changed on the submit host: nodes'
	matches "$output" 'why: dsfit expected GPU memory to suffice: 27.8 GiB of 39.4 GiB per GPU'
	matches "$output" "in $PWD/job.out"
	asks --json "$job"
	jq -e --argjson job "$job" '.job == $job and .end.exit_code == 1 and .request.nodes == 3 and
		.decision.verdict == "fits" and .decision.changed == "nodes" and
		.source == "slurmctld" and (.explanation | length) == 3' <<<"$output"
}

@test "a job that takes more memory than it has" {
	cat >eat.py <<-'END'
		import time
		x = bytearray(400 << 20)
		time.sleep(120)
	END
	run_sbatch --hold --ds-model=350M --mem=16G --gpus=1 --output=job.out \
		--wrap "exec $(type -P python3 || echo /usr/bin/python3) eat.py"
	submitted
	# Less than dsfit lets anybody request.
	on scontrol update jobid="$job" minmemorynode=100
	on scontrol release "$job"
	ends "$job"
	asks "$job"
	matches "$output" ', signal 9|OUT_OF_MEMORY'
	matches "$output" 'why: the job had 100 MiB on each node'
	matches "$output" 'why: dsfit expected .* GiB per node, which is more: request --mem=1[0-9]G'
	matches "$output" '\(MaxRSS\), which is more than the job had: Slurm ends a task for that'
}

@test "a job that waits" {
	run_sbatch_hold --ds-model=13B
	asks "$job"
	matches "$output" ': PENDING'
	matches "$output" 'why: it is held: "scontrol release" lets it go \(JobHeldUser\)'
	lacks "$output" 'exit code'
	asks --json "$job"
	jq -e '.state == "PENDING" and .end == null and .seconds == null' <<<"$output"
}

@test "a waiting job whose request was changed" {
	run_sbatch_hold --ds-model=13B --ds-zero=3 -N3 --gpus-per-node=a100:4
	asks "$job"
	matches "$output" $'\n''  decided: 13B, ZeRO-3, .*, for -N 3 --gpus-per-node=a100:4: '
	lacks "$output" 'was changed after'
	# Root may.
	wait_until 30 on scontrol update jobid="$job" NumNodes=1-1
	asks "$job"
	matches "$output" $'\n''  requested: 1 node, 4 GPUs'
	matches "$output" 'why: its request was changed after dsfit decided, which was about -N 3 --gpus-per-node=a100:4: '
	wait_until 30 on scontrol update jobid="$job" NumNodes=3-3
	asks "$job"
	lacks "$output" 'was changed after'
	wait_until 30 on scontrol update jobid="$job" TresPerNode=gres:gpu:a100:2
	asks "$job"
	matches "$output" 'its request was changed after'
	wait_until 30 on scontrol update jobid="$job" TresPerNode=gres:gpu:a100:4
	wait_until 30 on scontrol update jobid="$job" MinMemoryNode=1024
	asks "$job"
	matches "$output" $'\n''  requested: 3 nodes, 12 GPUs, 1 GiB per node'
	matches "$output" 'why: it has less memory than dsfit expects it to need: 1 GiB of [0-9.]+ GiB per node'
	asks --json "$job"
	jq -e '.explanation | any(test("less memory than dsfit expects"))' <<<"$output"
}

@test "tasks of an array, and components" {
	run_sbatch --array=0-2 --output=job.out --wrap 'exit $((SLURM_ARRAY_TASK_ID == 1 ? 127 : 0))'
	submitted
	wait_until 60 ended "${job}_0"
	wait_until 60 ended "${job}_1"
	wait_until 60 ended "${job}_2"
	# The one that ended badly.
	asks "$job"
	matches "$output" "^job ${job}_1 .*exit code 127"
	matches "$output" 'this is one of 3 tasks'
	matches "$output" 'it declares no training'
	asks "${job}_2"
	matches "$output" "^job ${job}_2 .*COMPLETED"
	# A step is asked for by its job.
	asks "${job}_2.batch"
	matches "$output" "^job ${job}_2 .*COMPLETED"
	run_sbatch --hold -N1 --ds-model=350M --gpus-per-node=a100:1 --output=job.out --wrap true : -N1
	[[ $job ]]
	asks "$job+1"
	matches "$output" "^job $job\\+1 .*PENDING"
}

forgotten() {
	! on scontrol show job "$1" &>/dev/null
}

@test "a job that slurmdbd alone still knows" {
	run_sbatch --ds-model=350M -N1 --gpus-per-node=a100:2 --output=job.out --wrap true
	submitted
	ends "$job"
	# After it has read slurm.conf anew, slurmctld 22.05 counts on from the number that it last wrote
	# to its state, which may be an older one: without FirstJobId two jobs could have one number.
	sed -i -e 's/^MinJobAge=.*/MinJobAge=2/' -e '$ a FirstJobId=1000' \
		"$DSFIT_CLUSTER_DIR/etc/slurm.conf"
	on scontrol reconfigure
	wait_until 90 forgotten "$job"
	asks "$job"
	matches "$output" ': COMPLETED'
	matches "$output" $'\n''  requested: 1 node, 2 GPUs'
}

@test "a refused job has no number; an unknown one may be one" {
	run_sbatch "${too_big[@]}" -p strict -N1 --gpus-per-node=a100:4 --wrap true
	refused
	run_on dsfit why 999999
	is "$status" 2
	is "$output" ''
	matches "$stderr" 'Slurm knows no job 999999, or does not show it to you; a job that was refused'
}

@test "another's job, where the site hides jobs" {
	((!EUID)) || skip "only root can be somebody else"
	run_sbatch_hold --ds-model=13B
	run_on setpriv --reuid=www-data --regid="$(id -g www-data)" --clear-groups \
		"$(on sh -c 'command -v dsfit')" why "$job"
	# Newer releases of slurmdbd show what slurmctld hides, unless slurmdbd.conf says the same.
	if ((status)); then
		is "$status" 2
		matches "$stderr" "Slurm knows no job $job, or does not show it to you"
	else
		matches "$output" 'why: slurmctld does not show you this job, and slurmdbd'
		lacks "$output" 'decided: '
		lacks "$output" 'None assigned'
	fi
}

@test "without slurmdbd: what slurmctld knows" {
	DSFIT_CLUSTER_DIR=$plain
	run_sbatch "${too_big[@]}" -N1 --gpus-per-node=a100:4 --output=job.out --wrap 'exit 2'
	submitted
	wait_until 60 ended "$job"
	asks "$job"
	matches "$output" ': FAILED after .*, exit code 2'
	matches "$output" 'decided: 13B, ZeRO-3'
	# Here no list of TRES has the GPUs.
	matches "$output" $'\n''  requested: 3 nodes, 12 GPUs, 500 GiB per node'
	run_sbatch --ds-model=350M --gpus=2 --hold --wrap true
	submitted
	asks "$job"
	matches "$output" $'\n''  requested: 1 node, 2 GPUs'
	run_on dsfit why 999999
	is "$status" 2
	matches "$stderr" 'A job that was refused at submission has no number'
	matches "$stderr" 'or does not show it to you. It forgets a job 600 seconds after its end \(MinJobAge\)'
}

@test "slurmctld does not answer" {
	sed 's/^SlurmctldPort=.*/SlurmctldPort=1/; s/^MessageTimeout=.*/MessageTimeout=2/' \
		"$(cluster run printenv SLURM_CONF)" >slurm.conf
	slurm_env=(SLURM_CONF="$PWD/slurm.conf")
	run_on dsfit why 1
	is "$status" 2
	is "$output" ''
	matches "$stderr" 'cannot ask Slurm'
}

@test "slurmdbd does not answer" {
	run_sbatch_hold --ds-model=13B
	sed 's/^AccountingStoragePort=.*/AccountingStoragePort=1/; s/^MessageTimeout=.*/MessageTimeout=2/' \
		"$(cluster run printenv SLURM_CONF)" >slurm.conf
	slurm_env=(SLURM_CONF="$PWD/slurm.conf")
	run_on dsfit why "$job"
	is "$status" 0
	matches "$output" ': PENDING'
	run_on dsfit why 999999
	is "$status" 2
	matches "$stderr" 'slurmctld knows no job 999999, and slurmdbd does not answer: '
}
