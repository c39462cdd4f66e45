<?php
// SPDX-License-Identifier: MIT
// Server-Sent Events as tutorials show them: look for something new once a second.
// The messages of a channel are a Redis stream, where publish.php puts them.
set_time_limit(0);
while (ob_get_level() > 0) {
	ob_end_clean();
}
header('Content-Type: text/event-stream');
header('Cache-Control: no-cache');

$redis = new Redis();
$redis->connect('127.0.0.1', (int)getenv('REDIS_PORT'));
$log = 'log:' . $_GET['channel'];
$last = $_SERVER['HTTP_LAST_EVENT_ID'] ?? '';
if ($last === '') {
	$last = array_key_first($redis->xRevRange($log, '+', '-', 1)) ?? '0-0';
}

echo "id: $last\nevent: ready\ndata: 1\n\n";
flush();
$beat = time();
while (!connection_aborted()) {
	foreach ($redis->xRange($log, "($last", '+') as $id => $message) {
		echo "id: $id\ndata: {$message['data']}\n\n";
		$last = $id;
		$beat = time();
	}
	if (time() - $beat >= 5) {
		echo ":\n\n"; // else nobody notices that the client has left
		$beat = time();
	}
	flush();
	sleep(1);
}
