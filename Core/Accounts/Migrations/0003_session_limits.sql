-- A user's live sessions, for the limit on their number; and the administrators, of whom one must remain.
create index sessions_live on sessions (user_id, id) where ended_at is null;
create index users_admins on users (id) where role = 'admin' and disabled_at is null;
