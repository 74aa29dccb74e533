create procedure split(in total int, out half int, out rest int) language plpgsql as $$
begin
  half := total / 2;
  rest := total - half;
end $$;
call split(7, null, null);
drop procedure split(int, out int, out int);
