#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Server-Sent Events by FCGI.pm, and a message posted. It waits in Redis for something
# new, which is the better of the loops that people write; loop.php is the other one.
use strict;
use warnings;
use FCGI;
use Redis;

my $redis = Redis->new(server => "127.0.0.1:$ENV{REDIS_PORT}");
my $keep = $ENV{KEEP};

sub field {
	my ($text, $name) = @_;
	return $text =~ /(?:^|&)$name=([^&]*)/ ? $1 : '';
}

sub follow {
	my $log = 'log:' . field($ENV{QUERY_STRING}, 'channel');
	my $last = $ENV{HTTP_LAST_EVENT_ID};
	if (!$last) {
		my ($newest) = $redis->xrevrange($log, '+', '-', 'COUNT', 1);
		$last = $newest ? $newest->[0] : '0-0';
	}
	print "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n\r\n";
	my $written = print "id: $last\nevent: ready\ndata: 1\n\n";
	while ($written) {
		my ($found) = $redis->xread('BLOCK', 5000, 'STREAMS', $log, $last);
		my $text = '';
		for my $entry ($found ? @{$found->[1]} : ()) {
			$last = $entry->[0];
			$text .= "id: $last\ndata: $entry->[1][1]\n\n";
		}
		# a comment, else nobody notices that the client has left
		$written = print $text || ":\n\n";
	}
}

sub publish {
	read STDIN, my $body, $ENV{CONTENT_LENGTH};
	my $id = $redis->xadd('log:' . field($body, 'channel'), 'MAXLEN', '~', $keep,
		'*', 'data', field($body, 'data'));
	print "Content-Type: text/plain\r\n\r\n$id\n";
}

$| = 1;
$SIG{PIPE} = 'IGNORE';
my $request = FCGI::Request();
while ($request->Accept() >= 0) {
	$ENV{REQUEST_METHOD} eq 'POST' ? publish() : follow();
	$request->Finish();
}
